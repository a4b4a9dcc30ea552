"""What AWS demands of single values of the archive; each check returns the problems of one value."""

import re

from orgtrail.settings.faults import Problem, suggestion

MANAGED_KEY = "managed"
NO_KEY = "none"

# https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html; what begins with a digit or an
# underscore would have to be quoted in every query.
DATABASE = r"^[a-z][a-z0-9_]{0,254}$"
# S3's safe characters: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
KEY_PREFIX = r"^([A-Za-z0-9!_.*'()-][A-Za-z0-9!_.*'()/-]{0,511})?$"

KMS_KEY = r"^(managed|arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)$"
FORMER_KEY = KMS_KEY.replace("managed", "managed|none")
# A plain id, or that of a multi-Region key:
# https://docs.aws.amazon.com/kms/latest/developerguide/concepts-intro.html#key-id-key-id
_KEY_ID = re.compile(r"mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY_ALLOWED = f"{MANAGED_KEY}, or arn:<partition>:kms:<region>:<account id>:key/<key id>"


def kms_key(value: str) -> list[Problem]:
    """`managed`, or the ARN of a KMS key: nothing that another account could take for a key of its own.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html
    """
    if value == MANAGED_KEY:
        return []
    resource = value.split(":", 5)[5] if value.startswith("arn:") and value.count(":") >= 5 else value
    if resource.startswith("alias/"):
        return [Problem("is an alias: S3 would look it up in the account that writes, not in the archive's", _KEY_ARN)]
    if _KEY_ID.fullmatch(value):
        return [Problem("is a bare key id: S3 would look it up in the account that writes", _KEY_ARN)]
    if not re.fullmatch(KMS_KEY, value) or not _KEY_ID.fullmatch(resource.removeprefix("key/")):
        return [Problem("is not the ARN of a KMS key", _KEY_ALLOWED, suggestion(value, (MANAGED_KEY,)))]
    return []


def former_key(value: str) -> list[Problem]:
    """The same, or `none` for S3's own encryption."""
    return [] if value == NO_KEY else kms_key(value)


_KEY_ARN = "the key's own ARN, arn:<partition>:kms:<region>:<account id>:key/<key id>"


def database(value: str) -> list[Problem]:
    """The name of a Glue database that queries needn't quote."""
    if re.fullmatch(DATABASE, value):
        return []
    return [Problem("can't be the name of a database", "a-z, then up to 254 of a-z, 0-9 and _")]


def key_prefix(value: str) -> list[Problem]:
    """What the keys of objects begin with; may be empty."""
    if re.fullmatch(KEY_PREFIX, value):
        return []
    return [Problem("can't be the prefix of keys", "up to 512 letters, digits and ! - _ . * ' ( ) /, no / first")]
