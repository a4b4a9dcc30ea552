"""The region is enabled in the account."""

from collections.abc import Iterator

from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import PipelineScope
from orgtrail.regions import default_regions


def _look(pipeline: PipelineScope) -> Iterator[Fault]:
    scope, region = pipeline.of, pipeline.region
    if region in default_regions(scope.settings.partition):
        return
    client = scope.session.client("account", scope.home)
    status = client.get_region_opt_status(RegionName=region)["RegionOptStatus"]
    if status == "ENABLING":
        yield Fault(f"{region} is being enabled", "Wait until it is enabled: that takes minutes, or hours")
    elif not status.startswith("ENABLED"):
        enable = f"aws account enable-region --region-name {region} --account-id {scope.account.account_id}"
        yield Fault(f"{region} is not enabled (it is {status})", f"{enable}, or take the region out of the entry")


REGION = Check(
    id="region",
    severity=Severity.ERROR,
    asks="A region that needs an opt-in is enabled in the account.",
    silences="There is nothing in a region that isn't enabled: no trail, no rule, no stream.",
    permissions=(
        Permission("account:GetRegionOptStatus", "of regions that need an opt-in; others aren't asked about"),
    ),
    look=_look,
)
