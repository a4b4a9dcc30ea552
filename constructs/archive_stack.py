"""Everything that Orgtrail makes in the archive account for the organization as a whole."""

from typing import Any

from constructs import Construct
from constructs.archive_bucket import ArchiveBucket
from constructs.archive_catalog import ArchiveCatalog
from constructs.archive_key import ArchiveKey
from constructs.archive_place import pin_place
from constructs.bindings import (
    Postcondition,
    S3Bucket,
    S3BucketPolicy,
    TerraformLocal,
    TerraformOutput,
    TerraformResourceLifecycle,
    TerraformStack,
)
from constructs.bucket_as_found import BucketAsFound
from constructs.kept_evidence import keep_evidence
from constructs.provider_regions import ProviderRegions
from constructs.scanner import skip_checks
from constructs.state_backend import configure_backend
from constructs.terraform_text import escape_template, escaped_json
from orgtrail import policies
from orgtrail.archive.policy import archive_key_policy, archive_policy
from orgtrail.selection.stack import archive_stack
from orgtrail.settings import MANAGED_KEY, Settings
from orgtrail.terraform.provider import Provider

_ORGANIZATION_POLICY_SKIPPED_CHECKS = {
    "CKV_AWS_70": "Everybody, on condition of a fixed aws:PrincipalOrgID and the delivery role's name, which the check "
    "doesn't read: thus the policy names no account, and onboarding one doesn't touch it",
}


class ArchiveStack(TerraformStack):
    """The archive: a bucket of its own, or no more of an existing one than `manage_policy` allows."""

    def __init__(self, scope: Construct, settings: Settings, provider: Provider) -> None:
        stack, archive = archive_stack(settings), settings.archive
        super().__init__(scope, stack.name)
        configure_backend(self, settings.state, stack.state_key)
        regions = ProviderRegions(self, archive, partition=settings.partition, provider=provider)
        self._settings, self._regions, self._provider = settings, regions, provider
        self._region_arguments = regions.region_arguments(archive.region)
        managed_key_arn = None
        if archive.has_managed_key:
            managed_key_arn = ArchiveKey(
                self, "key", policy=archive_key_policy(settings), region_arguments=self._region_arguments
            ).arn
        kms_key_arn = managed_key_arn if archive.default_key == MANAGED_KEY else archive.default_key
        self._bucket(kms_key_arn, self._bucket_policy(managed_key_arn))
        if archive.catalog:
            ArchiveCatalog(
                self,
                "catalog",
                settings=settings,
                catalog_settings=archive.catalog,
                kms_key_arn=kms_key_arn,
                provider=self._provider,
                region_arguments=self._region_arguments,
            )
        keep_evidence(self)

    def _bucket_policy(self, managed_key_arn: str | None) -> str:
        text = escaped_json(archive_policy(self._settings, managed_key_arn))
        # The ARN of a managed key is an expression, the only one in the policy.
        return text.replace(escape_template(managed_key_arn), managed_key_arn) if managed_key_arn else text

    def _bucket(self, kms_key_arn: str | None, policy: str) -> None:
        archive, region_arguments = self._settings.archive, self._region_arguments
        if not archive.existing:
            bucket = ArchiveBucket(
                self,
                "archive",
                archive=archive,
                kms_key_arn=kms_key_arn,
                provider=self._provider,
                region_arguments=region_arguments,
            )
            # S3 refuses a public policy only once the block is there to do so.
            attached = self._attach(policy, bucket.name, depends_on=[bucket.public_access_block])
            place = {"account_id": archive.account_id, "region": archive.region}
            pin_place(self, "archive", f"s3://{archive.bucket}", place, bucket.resource)
            if archive.adopt:
                self._take_in(bucket.resource)
                found = BucketAsFound(bucket.resource, archive.bucket)
                attached.lifecycle = found.no_statements_of_others(policies.ARCHIVE_SIDS)
        elif archive.manage_policy:
            self._attach_beside_others(policy)
        else:
            TerraformOutput(
                self,
                "bucket_policy_to_add",
                description=f"Add these statements to the policy of {archive.bucket}: Orgtrail doesn't manage it",
                value=policy,
            )

    def _attach_beside_others(self, policy: str) -> None:
        """Manage our statements in the policy of an existing bucket, and leave those of others in it."""
        name = self._settings.archive.bucket
        # In the stack to be read, and never changed: so it would go on being the bucket of an earlier name, and get the
        # statements, while the accounts deliver into another.
        other = Postcondition(
            condition=f'${{self.bucket == "{name}"}}',
            error_message=f"archive.bucket can't change to {name} while archive.manage_policy is true: the statements "
            "would go to s3://${self.bucket}. Take manage_policy out, deploy the archive, and write both again.",
        )
        lifecycle = TerraformResourceLifecycle(ignore_changes="all", postcondition=[other])
        bucket = S3Bucket(self, "existing", bucket=name, lifecycle=lifecycle, **self._region_arguments)
        self._take_in(bucket)
        own = TerraformLocal(self, "own_policy", policy)
        self._attach(BucketAsFound(bucket, name).with_others("local.own_policy", policies.ARCHIVE_SIDS), bucket.id)
        own.override_logical_id("own_policy")

    def _take_in(self, bucket: S3Bucket) -> None:
        bucket.import_from(self._regions.import_id(self._settings.archive.bucket, self._settings.archive.region))

    def _attach(self, policy: str, bucket: str, **arguments: Any) -> S3BucketPolicy:
        attached = S3BucketPolicy(self, "policy", bucket=bucket, policy=policy, **arguments, **self._region_arguments)
        if self._settings.organization_id:
            skip_checks(attached, _ORGANIZATION_POLICY_SKIPPED_CHECKS)
        return attached
