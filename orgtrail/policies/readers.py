"""What lets an account's own people read its events in the archive: on the archive's side and on theirs."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from orgtrail.layout import Layout
from orgtrail.policies.document import Document, Statement, document
from orgtrail.policies.guards import KeyUse, through_s3

CALLING_ACCOUNT = "${aws:PrincipalAccount}"

# https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html: Identity Center makes its
# roles below a path that nobody else can use, with the region in it unless that is us-east-1.
PERMISSION_SET_ROLE = "AWSReservedSSO_"
_PERMISSION_SET_PATHS = ("aws-reserved/sso.amazonaws.com/", "aws-reserved/sso.amazonaws.com/*/")

READER_KEY_ACTIONS = "kms:Decrypt"


class Readers(NamedTuple):
    """The names of the roles that read, with their paths, `*` at the end allowed; and every layout of the archive."""

    roles: tuple[str, ...]
    layouts: tuple[Layout, ...]


def role_patterns(partition: str, readers: Iterable[str]) -> list[str]:
    """What the ARNs of the reading roles look like, whatever account they are in."""
    return [
        f"arn:{partition}:iam::*:role/{path}{name}"
        for name in readers
        for path in (_PERMISSION_SET_PATHS if name.startswith(PERMISSION_SET_ROLE) else ("",))
    ]


def reading_statements(bucket_arn: str, layouts: Iterable[Layout], who: Mapping[str, Any]) -> list[Statement]:
    """Lets `who` of an account find, list and read what is the account's own, and nothing else.

    Listing takes a prefix below the account's own folder: a request without one lists every account's keys.
    """
    patterns = _patterns(layouts)
    return [
        # Athena asks where a bucket is:
        # https://docs.aws.amazon.com/athena/latest/ug/cross-account-permissions.html
        {**who, "Sid": "ReadersFindTheArchive", "Action": "s3:GetBucketLocation", "Resource": bucket_arn},
        {
            **who,
            "Sid": "ReadersListOwnPrefixes",
            "Action": "s3:ListBucket",
            "Resource": bucket_arn,
            "Condition": {**who.get("Condition", {}), "StringLike": {"s3:prefix": patterns}},
        },
        {
            **who,
            "Sid": "ReadersReadOwnPrefixes",
            "Action": "s3:GetObject",
            "Resource": [f"{bucket_arn}/{pattern}" for pattern in patterns],
        },
    ]


def reader_permissions(
    partition: str, *, bucket: str, layouts: Iterable[Layout], key: KeyUse | None = None
) -> Document:
    """What a reading role needs in its own account: the same in each, because AWS fills the account in."""
    statements = reading_statements(f"arn:{partition}:s3:::{bucket}", layouts, {"Effect": "Allow"})
    if key:
        decrypt = {
            "Sid": "ReadersDecryptThroughS3",
            "Effect": "Allow",
            "Action": READER_KEY_ACTIONS,
            "Resource": [key.arn, key.old_arn] if key.old_arn else key.arn,
            "Condition": through_s3(partition, bucket, key.region, bucket_key=key.bucket_key),
        }
        statements.append(decrypt)
    return document(*statements)


def _patterns(layouts: Iterable[Layout]) -> list[str]:
    return list(dict.fromkeys(pattern for layout in layouts for pattern in layout.reader_patterns(CALLING_ACCOUNT)))


READER_SIDS = frozenset(one["Sid"] for one in reading_statements("any", (), {}))
