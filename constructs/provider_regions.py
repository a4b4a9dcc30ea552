"""The AWS provider of a stack, and how a resource says in which region it is: the one place that knows."""

from typing import Any, TypeAlias

from constructs.bindings import (
    AwsProvider,
    AwsProviderAssumeRole,
    AwsProviderDefaultTags,
    TerraformProvider,
    TerraformStack,
)
from constructs.terraform_text import escape_template
from orgtrail.credentials import role_chain
from orgtrail.names import MANAGED_BY, MANAGED_BY_US
from orgtrail.regions import iam_region, regions_of
from orgtrail.settings import Account, Archive, ManagementAccount, Trail
from orgtrail.terraform.provider import Provider

_Owner: TypeAlias = Account | Archive | Trail | ManagementAccount


class ProviderRegions:
    """A stack's provider configuration, bound to the one account that it may touch.

    The provider itself stands in the partition's IAM region, whatever regions an account has: were it to move with
    them, resources left in its old region would be looked for in the new one, and be forgotten.

    AWS provider 6 and later takes the region as an argument of each resource: one provider, one process.
    With 5.x each other region needs an alias. Every region of the partition gets one, used or not: Terraform can't
    destroy what is left in a region whose alias has gone, and starts no process for an alias without resources.

    A state that 5.x wrote knows no regions. So 6 with one provider would look for everything in the IAM region, and
    find the wrong thing of the same name: it must read each state once with aliases (docs/provider-6.md).
    """

    def __init__(
        self, stack: TerraformStack, owner: Account | Archive | Trail, *, partition: str, provider: Provider
    ) -> None:
        stack.add_override("terraform.required_providers.aws.version", provider.version)
        arguments = _provider_arguments(owner)
        self._home = iam_region(partition)
        self._stack = stack
        self._alias_of: dict[str, TerraformProvider] | None = None
        AwsProvider(stack, "aws", region=self._home, **arguments)
        if not provider.takes_regions:
            self._alias_of = {
                region: AwsProvider(stack, f"aws_{region}", alias=region, region=region, **arguments)
                for region in regions_of(partition)
                if region != self._home
            }

    def region_arguments(self, region: str) -> dict[str, Any]:
        """The keyword arguments that place a resource in a region."""
        if self._alias_of is None:
            return {"region": region}
        return {} if region == self._home else {"provider": self._alias_of[region]}

    def add_account(self, name: str, owner: ManagementAccount) -> dict[str, Any]:
        """A provider for another account that the stack touches; returns the arguments that place a resource there."""
        arguments = _provider_arguments(owner)
        return {"provider": AwsProvider(self._stack, f"aws_{name}", alias=name, region=self._home, **arguments)}

    def import_id(self, name: str, region: str) -> str:
        """The id with which a resource of a region is imported; with an alias, the id has no region."""
        return name if self._alias_of is not None else f"{name}@{region}"


def _provider_arguments(owner: _Owner) -> dict[str, Any]:
    return {
        "allowed_account_ids": [owner.account_id],
        "profile": escape_template(owner.profile) if owner.profile else None,
        "assume_role": _assume_role_chain(owner) or None,
        "default_tags": [AwsProviderDefaultTags(tags=_tags(owner))],
    }


def _assume_role_chain(owner: _Owner) -> list[AwsProviderAssumeRole]:
    return [
        AwsProviderAssumeRole(
            role_arn=escape_template(role.arn),
            session_name=escape_template(owner.session_name),
            external_id=escape_template(role.external_id) if role.external_id else None,
        )
        for role in role_chain(owner)
    ]


def _tags(owner: _Owner) -> dict[str, str]:
    tags = {escape_template(key): escape_template(value) for key, value in owner.tags.items()}
    return {**tags, MANAGED_BY: MANAGED_BY_US}
