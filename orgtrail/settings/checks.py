"""What AWS and Orgtrail demand of single values; each check returns the problems of one value."""

import re

from orgtrail.events import IDENTITY_DETAIL_TYPES, IDENTITY_SOURCES
from orgtrail.names import ARCHIVE_STACK
from orgtrail.regions import partition_of, partitions, regions_of
from orgtrail.settings.faults import Problem, listing, not_one_of, suggestion

ACCOUNT_ID = r"^[0-9]{12}$"
NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"
ORGANIZATION_ID = r"^o-[a-z0-9]{10,32}$"
BUCKET = r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
SESSION_NAME = r"^[A-Za-z0-9_+=,.@-]{2,64}$"
SHARE = r"^(100|[0-9]{1,2})%$"
EXTERNAL_ID = r"^[A-Za-z0-9_+=,.@:/-]{2,1224}$"

ALL_REGIONS = "all"

_LONG_NAME = 200  # characters of what was meant for a name
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]+")
# What people copy from the console: the name is what follows, up to the first slash.
_BUCKET_ADDRESS = re.compile(
    r"(?:arn:[a-z-]+:s3:::|s3a?://|https://s3[a-z0-9.-]*\.amazonaws\.com(?:\.cn)?/)([^/]*).*", re.S
)

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
_CLOUDTRAIL_DETAIL_TYPES = (
    *IDENTITY_DETAIL_TYPES,
    "AWS Insight via CloudTrail",
    "AWS Network Activity Event via CloudTrail",
)
_SOURCE = re.compile(r"aws\.[a-z0-9][a-z0-9-]*")

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_BUCKET_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")

# The strictest of the tagged services: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
_TAG_CHARACTERS = re.compile(r"[\w\s.:/=+@-]*")
_TAG_ALLOWED = "letters, digits, spaces and _ . : / = + - @"

# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180)
_YEARS_IN_DAYS = (365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
LOG_RETENTION_DAYS = (*_DAYS, *_YEARS_IN_DAYS)


def _pattern(value: str, pattern: str, allowed: str, problem: str) -> list[Problem]:
    # fullmatch: `$` alone would let a line feed through.
    return [] if re.fullmatch(pattern, value) else [Problem(problem, allowed)]


def account_id(value: str) -> list[Problem]:
    """An AWS account id: 12 digits."""
    if value.isascii() and value.isdigit():
        digits = f"has {len(value)} digit" + ("s" if len(value) != 1 else "")
        return [] if len(value) == 12 else [Problem(digits, "12 digits")]
    digits = re.sub(r"[\s-]", "", value)
    if re.fullmatch(ACCOUNT_ID, digits):
        return [Problem("has more than digits", "12 digits", f'"{digits}"')]
    return [Problem("is not an account id", "12 digits")]


def name(value: str) -> list[Problem]:
    """An account's name, which names its stack and its folder."""
    if value.lower() == ARCHIVE_STACK:
        return [Problem("is the archive's own stack", "any other name")]
    allowed = "1 to 63 letters, digits, - and _, beginning with a letter or digit"
    meant = re.sub(r"[^A-Za-z0-9_]+", "-", value).strip("-_").lower() if len(value) <= 63 else ""
    return [] if re.fullmatch(NAME, value) else [Problem("can't be the name of a stack", allowed, meant or None)]


def organization_id(value: str) -> list[Problem]:
    """An AWS Organizations id."""
    return _pattern(value, ORGANIZATION_ID, "o- and 10 to 32 of a-z and 0-9", "is not an organization id")


def session_name(value: str) -> list[Problem]:
    """A role session's name."""
    allowed = "2 to 64 letters, digits and _ + = , . @ -"
    return _pattern(value, SESSION_NAME, allowed, "can't name a role session")


def external_id(value: str) -> list[Problem]:
    """An external id of AssumeRole."""
    allowed = "2 to 1224 letters, digits and _ + = , . @ : / -"
    return _pattern(value, EXTERNAL_ID, allowed, "can't be an external id")


def bucket(value: str) -> list[Problem]:
    """A name that S3 takes for a general purpose bucket; the problem names the rule that is broken."""
    if address := _BUCKET_ADDRESS.fullmatch(value):
        meant = address[1] if re.fullmatch(BUCKET, address[1]) else None
        return [Problem("is the address of a bucket, not its name", "the bucket's name alone", meant)]
    problems = []
    if not 3 <= len(value) <= 63:
        problems.append(Problem(f"has {len(value)} characters", "3 to 63"))
    if not re.fullmatch(r"[a-z0-9.-]*", value):
        problems.append(Problem("has a character that bucket names can't have", "a-z, 0-9, - and ."))
    elif not (value[:1].isalnum() and value[-1:].isalnum()):
        problems.append(Problem("must begin and end with a letter or digit"))
    if ".." in value:
        problems.append(Problem("has two dots in a row"))
    if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", value):
        problems.append(Problem("has the form of an IP address"))
    for prefix in filter(value.startswith, _BUCKET_PREFIXES):
        problems.append(Problem(f"begins with {prefix}, which S3 reserves"))
    for suffix in filter(value.endswith, _BUCKET_SUFFIXES):
        problems.append(Problem(f"ends in {suffix}, which S3 reserves"))
    return problems


def region(value: str, partition: str | None) -> list[Problem]:
    """A region of the partition; of any partition where the file's own isn't known."""
    several = re.split(r"[\s,;]+", value.strip(" ,;")) if len(value) < _LONG_NAME else []
    if len(several) > 1 and all(map(_REGION.fullmatch, several)):
        return [Problem("is several regions in one text", "one region, or a list of them", f"[{', '.join(several)}]")]
    if partition is None:
        known = tuple(region for name in partitions() for region in regions_of(name))
        return [] if value in known else [not_one_of(value, known, "a region of AWS")]
    known = regions_of(partition)
    if value in known:
        return []
    other = partition_of(value)
    if other is not None:
        what = f"is a region of partition {other}, but archive.region is in {partition}"
        return [Problem(what, listing(known, value))]
    return [not_one_of(value, known, f"a region of partition {partition}")]


def region_or_all(value: str, partition: str | None) -> list[Problem]:
    """A region, or the word that stands for every region that needs no opt-in."""
    return [] if value == ALL_REGIONS else region(value, partition)


def event_source(value: str) -> list[Problem]:
    """A `source` that AWS services use on the default bus."""
    if _SOURCE.fullmatch(value):
        return []
    service = value.lower().removesuffix(".amazonaws.com")
    own = f"aws.{service}"
    meant = own if _SOURCE.fullmatch(own) and len(own) < 60 else suggestion(value, IDENTITY_SOURCES)
    return [Problem("is not an event source", "aws.<service>, such as aws.iam", meant)]


def detail_type(value: str) -> list[Problem]:
    """A `detail-type`; those of CloudTrail are a closed set, in which a wrong letter matches nothing."""
    if value in _CLOUDTRAIL_DETAIL_TYPES or not value.lower().endswith("via cloudtrail"):
        return []
    return [not_one_of(value, _CLOUDTRAIL_DETAIL_TYPES, "a detail type of CloudTrail")]


def tag_key(value: str) -> list[Problem]:
    """A tag's key: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html"""
    problems = []
    if not 1 <= len(value) <= 128:
        problems.append(Problem(f"has {len(value)} characters as a tag's key", "1 to 128"))
    if value.lower().startswith("aws:"):
        problems.append(Problem("is a tag's key that AWS reserves: it begins with aws:"))
    if not _TAG_CHARACTERS.fullmatch(value):
        problems.append(Problem("has a character that a tag's key can't have", _TAG_ALLOWED))
    return problems


def tag_value(value: str) -> list[Problem]:
    """A tag's value; same source."""
    problems = []
    if len(value) > 256:
        problems.append(Problem(f"has {len(value)} characters as a tag's value", "0 to 256"))
    if not _TAG_CHARACTERS.fullmatch(value):
        problems.append(Problem("has a character that a tag's value can't have", _TAG_ALLOWED))
    return problems


def tag_text(value: str) -> list[Problem]:
    """A tag in c7n-org's form, `key:value`."""
    key, colon, rest = value.partition(":")
    if not colon:
        return [Problem("is not a tag", "key:value")]
    return tag_key(key) + tag_value(rest)


def log_retention_days(value: int) -> list[Problem]:
    """A retention that CloudWatch Logs knows, in days."""
    if value in LOG_RETENTION_DAYS:
        return []
    return [Problem("is not a retention of CloudWatch Logs", ", ".join(map(str, LOG_RETENTION_DAYS)))]


def wave_name(value: str) -> list[Problem]:
    """The name of a wave."""
    if value.lower() == ARCHIVE_STACK:
        return [Problem("is the wave of the archive, which always comes first", "any other name")]
    allowed = "1 to 63 letters, digits, - and _, beginning with a letter or digit"
    return _pattern(value, NAME, allowed, "can't be the name of a wave")


def count(value: int) -> list[Problem]:
    """A number of things."""
    return [] if value >= 0 else [Problem("is out of range", "0 or more")]


def share(value: str) -> list[Problem]:
    """A share of things, in whole percent."""
    return _pattern(value, SHARE, "a whole number, or 0% to 100%", "is neither a number nor a share")


def not_empty(value: str) -> list[Problem]:
    """Any text but none."""
    return [] if value else [Problem("is empty")]
