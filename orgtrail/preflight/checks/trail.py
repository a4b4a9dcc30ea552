"""A trail logs the pipeline's events."""

from collections.abc import Iterator

from orgtrail.events import sources_in
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import PipelineScope
from orgtrail.preflight.trails import Wanted, judge


def _look(pipeline: PipelineScope) -> Iterator[Fault]:
    events, region = pipeline.of.account.events, pipeline.region
    wanted = Wanted(region, sources_in(events, region), events.include_read_only)
    return judge(pipeline.of.trails(region), wanted)


TRAIL = Check(
    id="trail",
    severity=Severity.ERROR,
    asks="A trail, the account's or the organization's, is there in the region, is on, and logs the management events "
    "of every source that the pipeline takes: its write events, and with `include_read_only` its reads.",
    silences="EventBridge gets from CloudTrail only what a trail logs: everything deploys, and nothing arrives.",
    permissions=(
        Permission("cloudtrail:DescribeTrails", "to find every trail that is there in the region"),
        Permission("cloudtrail:GetTrailStatus", "to see whether it is on, and what its last delivery came to"),
        Permission("cloudtrail:GetEventSelectors", "to see which events it logs"),
    ),
    look=_look,
)
