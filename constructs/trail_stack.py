"""A trail for an organization that has none: its bucket, and the organization's trail."""

from typing import Any

from constructs import Construct
from constructs.archive_place import pin_place
from constructs.bindings import TerraformStack
from constructs.kept_evidence import keep
from constructs.provider_regions import ProviderRegions
from constructs.state_backend import configure_backend
from constructs.terraform_text import escaped_json
from constructs.trail import add_trail
from constructs.trail_bucket import TrailBucket
from orgtrail import policies
from orgtrail.selection.stack import trail_stack
from orgtrail.settings import Settings, Trail
from orgtrail.terraform.provider import Provider


class TrailStack(TerraformStack):
    """The bucket of the trails' files, and the trail of the organization; accounts' own trails are in their stacks."""

    def __init__(self, scope: Construct, trail: Trail, settings: Settings, provider: Provider) -> None:
        stack = trail_stack(settings)
        assert stack is not None, "the settings of the trail are those of its stack"
        super().__init__(scope, stack.name)
        configure_backend(self, settings.state, stack.state_key)
        regions = ProviderRegions(self, trail, partition=settings.partition, provider=provider)
        region_arguments = regions.region_arguments(trail.region)
        bucket = TrailBucket(
            self,
            "bucket",
            trail=trail,
            policy=escaped_json(_bucket_policy(trail, settings)),
            provider=provider,
            region_arguments=region_arguments,
        )
        if trail.management:
            arguments: dict[str, Any] = regions.add_account("management", trail.management)
            read_only = any(account.events.include_read_only for account in settings.active if account.enabled)
            # CloudTrail tries to write when the trail is made.
            add_trail(self, trail, read_only=read_only, depends_on=[bucket.policy], **arguments)
        place = pin_place(self, "archive", f"s3://{trail.bucket}", _place(trail), bucket.resource)
        keep(bucket, place)


def _bucket_policy(trail: Trail, settings: Settings) -> policies.Document:
    if trail.management is None:
        # Sorted: the order of the file is no change of the policy.
        accounts = tuple(sorted(account.account_id for account in settings.active))
        return policies.account_trails_bucket(settings.partition, bucket=trail.bucket, account_ids=accounts)
    assert settings.organization_id is not None, "checked by settings.trail"
    return policies.organization_trail_bucket(
        settings.partition,
        bucket=trail.bucket,
        management_account_id=trail.management.account_id,
        organization_id=settings.organization_id,
    )


def _place(trail: Trail) -> dict[str, str]:
    return {"account_id": trail.account_id, "region": trail.region}
