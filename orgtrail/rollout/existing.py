"""What of a plan's resources exists in AWS already, with the id to import it by and the tags that say whose it is.

The ids are those of the "Import" section in the provider's documentation of each resource, for example
https://github.com/hashicorp/terraform-provider-aws/blob/main/website/docs/r/cloudwatch_event_target.html.markdown#import
"""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from orgtrail.aws import AccountSession
from orgtrail.rollout import existing_archive, existing_pipeline, existing_trail
from orgtrail.rollout.lookup import Existing, Lookup, Planned

_LOOKUPS: Mapping[str, Lookup] = {
    **existing_pipeline.LOOKUPS,
    **existing_archive.LOOKUPS,
    **existing_trail.LOOKUPS,
}

_ABSENT = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "EntityNotFoundException",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchEntity",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)


def existing(kind: str, planned: Planned, session: AccountSession, region: str) -> Existing | None:
    """What exists under the name of a planned resource; None where nothing does.

    Raises Undecided, botocore's errors and WrongAccount where that can't be known.
    """
    try:
        return _LOOKUPS[kind](planned, session, region)
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return None
        raise


def can_be_looked_up(kind: str) -> bool:
    """Whether resources of this type can be found by what a plan says of them."""
    return kind in _LOOKUPS
