"""Every name that Orgtrail gives to something: stacks, state keys and what it makes in AWS.

A name in AWS is unique within one account (roles) or one account and region (the rest), so no name needs the account
or the region in it.
"""

import re
from typing import NamedTuple

ARCHIVE_STACK = "archive"
TRAIL_STACK = "trail"

EVENTBRIDGE_ROLE = "orgtrail-eventbridge"
FIREHOSE_ROLE = "orgtrail-firehose"
EVENTBRIDGE_POLICY = "put-records"  # of the role, inline
FIREHOSE_POLICY = "deliver"

RULE = "orgtrail-iam-events"
TARGET = "orgtrail-firehose"
DELIVERY_STREAM = "orgtrail-iam-events"
DEAD_LETTER_QUEUE = "orgtrail-iam-events-dlq"
DEAD_LETTERS_KEPT_SECONDS = 14 * 86_400  # SQS's maximum: time to find out, repair and redrive
DELIVERY_LOG_GROUP = f"/aws/kinesisfirehose/{DELIVERY_STREAM}"
DELIVERY_LOG_STREAM = "DestinationDelivery"

TRAIL = "orgtrail"
_ALARM_PREFIX = "orgtrail-"
ALARMS = f"{_ALARM_PREFIX}*"  # the pattern of all alarms


ARCHIVE_KEY_ALIAS = "alias/orgtrail-archive"
WORKGROUP = "orgtrail"

MANAGED_BY = "ManagedBy"  # key of the tag that everything Orgtrail makes has
MANAGED_BY_US = "orgtrail"  # its value

# The tag of an account's two roles that says which version of its stack made them. The version is raised by a change of
# what accounts' stacks make, not by a release; tests/synthesis/test_stack_version.py notices such a change.
STACK_VERSION_TAG = "OrgtrailStackVersion"
STACK_VERSION = 1
PROBE_TAG = "OrgtrailProbe"  # key of the tag that `status --probe` puts and removes

# A bucket of an account's own namespace, such as acme-222222222222-us-east-1-an, whose name nobody else can take:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html#account-regional-gp-buckets
ACCOUNT_REGIONAL_END = "-an"
ACCOUNT_REGIONAL = "account-regional"  # what S3 calls this namespace where a bucket is created
_ACCOUNT_REGIONAL_SUFFIX = re.compile(r"-([0-9]{12})-([a-z]+(?:-[a-z]+)+-[0-9]+)-an$")

_BUCKET_NAME_LIMIT = 63  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_RESULTS_SUFFIX = "-results"


def alarm(kind: str) -> str:
    """The name of an alarm of this kind."""
    return _ALARM_PREFIX + kind


class Namespace(NamedTuple):
    """An account's own namespace of bucket names in a region."""

    account_id: str
    region: str


def bucket_namespace(bucket: str) -> Namespace | None:
    """The namespace that a bucket's name says it is in; None: the one that all accounts share."""
    found = _ACCOUNT_REGIONAL_SUFFIX.search(bucket)
    return Namespace(found[1], found[2]) if found else None


def results_bucket(archive_bucket: str) -> str:
    """The bucket of Athena's results, named after the archive's and within the length that S3 allows."""
    return archive_bucket[: _BUCKET_NAME_LIMIT - len(_RESULTS_SUFFIX)].rstrip(".-") + _RESULTS_SUFFIX


def state_key(template: str, *, account_id: str, name: str) -> str:
    """A state's key from its template, whose placeholders are `{account_id}` and `{name}`.

    The archive's state has `ARCHIVE_STACK` for both: the archive account may have a pipeline of its own,
    and the two must never share a state.
    """
    return template.format(account_id=account_id, name=name)
