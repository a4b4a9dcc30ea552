"""A trail logs the pipeline's events."""

from collections.abc import Iterator

from orgtrail.events import sources_in
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import PipelineScope
from orgtrail.preflight.trails import Wanted, judge

_DEPLOY = "Deploy the trail that the file asks for: the stack trail, and with `scope: account` the account's"


def _look(pipeline: PipelineScope) -> Iterator[Fault]:
    events, region = pipeline.of.account.events, pipeline.region
    wanted = Wanted(region, sources_in(events, region), events.include_read_only)
    makes_one = pipeline.of.settings.trail is not None
    for fault in judge(pipeline.of.trails(region), wanted):
        # The trail that the file asks for isn't deployed yet, or was taken away.
        yield fault._replace(mend=_DEPLOY) if makes_one and fault.is_known else fault


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
