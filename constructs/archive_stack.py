"""Everything that Orgtrail makes in the archive account for the organization as a whole."""

from cdktf import TerraformOutput, TerraformStack

from constructs import Construct
from constructs.archive_bucket import ArchiveBucket
from constructs.provider_regions import ProviderRegions
from constructs.state_backend import keep_state
from constructs.terraform_text import json_literal, literal
from orgtrail.bindings import S3BucketPolicy
from orgtrail.names import ARCHIVE_STACK
from orgtrail.policies import archive_bucket
from orgtrail.provider import Provider
from orgtrail.settings import Settings


class ArchiveStack(TerraformStack):
    """The archive: a bucket of its own, or no more of an existing one than `manage_policy` allows."""

    def __init__(self, scope: Construct, settings: Settings, provider: Provider) -> None:
        super().__init__(scope, ARCHIVE_STACK)
        archive = settings.archive
        keep_state(self, settings.state, account_id=ARCHIVE_STACK, name=ARCHIVE_STACK)
        regions = ProviderRegions(self, archive, partition=settings.partition, provider=provider)
        placement = regions.placement(archive.region)
        policy = json_literal(
            archive_bucket(
                settings.partition,
                bucket=archive.bucket,
                layout=archive.layout,
                organization_id=settings.organization_id,
                account_ids=tuple(account.account_id for account in settings.active),
            )
        )
        if not archive.existing:
            bucket = ArchiveBucket(self, "archive", archive=archive, placement=placement)
            S3BucketPolicy(
                self,
                "policy",
                bucket=bucket.name,
                policy=policy,
                # S3 refuses a public policy only once the block is there to do so.
                depends_on=[bucket.public_access_block],
                **placement,
            )
        elif archive.manage_policy:
            S3BucketPolicy(self, "policy", bucket=literal(archive.bucket), policy=policy, **placement)
        else:
            TerraformOutput(
                self,
                "bucket_policy_to_add",
                description=f"Add these statements to the policy of {archive.bucket}: Orgtrail doesn't manage it",
                value=policy,
            )
