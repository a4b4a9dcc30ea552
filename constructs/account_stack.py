"""Everything that Orgtrail makes in one account: its stack, with a Terraform state of its own."""

from constructs import Construct
from constructs.bindings import TerraformStack
from constructs.delivery_roles import DeliveryRoles
from constructs.event_pipeline import EventPipeline
from constructs.provider_regions import ProviderRegions
from constructs.state_backend import configure_backend
from constructs.trail import add_trail
from orgtrail.regions import iam_region
from orgtrail.selection.stack import Stack
from orgtrail.settings import Account, Settings
from orgtrail.terraform.provider import Provider


class AccountStack(TerraformStack):
    """One pipeline per region of an account; depends on its settings and the archive's names, on no other stack.

    The stack of an account that isn't enabled is empty: deploying it removes the pipelines and keeps the state. What
    they have delivered is in the archive.
    """

    def __init__(self, scope: Construct, account: Account, settings: Settings, provider: Provider) -> None:
        stack = Stack.of(account, settings.state)
        super().__init__(scope, stack.name)
        configure_backend(self, settings.state, stack.state_key)
        regions = ProviderRegions(self, account, partition=settings.partition, provider=provider)
        if not account.enabled:
            return
        if settings.trail and settings.trail.of_each_account:
            home = regions.region_arguments(iam_region(settings.partition))
            add_trail(self, settings.trail, read_only=account.events.include_read_only, **home)
        roles = DeliveryRoles(self, "roles", settings=settings, account=account)
        for region in account.regions:
            EventPipeline(
                self,
                region,
                settings=settings,
                account=account,
                region=region,
                roles=roles,
                region_arguments=regions.region_arguments(region),
            )
