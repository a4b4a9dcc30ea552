"""A trail logs the pipeline's events."""

from collections.abc import Iterator

from orgtrail.console.command_line import command_line
from orgtrail.events import sources_in
from orgtrail.names import RULE
from orgtrail.preflight.finding import Check, Fault, Permission, Severity
from orgtrail.preflight.scopes import PipelineScope
from orgtrail.preflight.trails import Wanted, judge
from orgtrail.rollout.existing import existing

_VIA = " via CloudTrail"


def _look(pipeline: PipelineScope) -> Iterator[Fault]:
    events, region = pipeline.of.account.events, pipeline.region
    if not any(one.endswith(_VIA) for one in events.detail_types):
        return  # The services themselves tell EventBridge of the rest.
    wanted = Wanted(region, sources_in(events, region), events.include_read_only)
    for fault in judge(pipeline.of.trails(region), wanted):
        yield _with_own_trail(pipeline, fault) if fault.is_known else fault


def _with_own_trail(pipeline: PipelineScope, fault: Fault) -> Fault:
    """The fault, where the file asks for a trail: it isn't deployed yet, or was taken away."""
    trail, account = pipeline.of.settings.trail, pipeline.of.account.name
    if trail is None:
        return fault
    stack = account if trail.of_each_account else "trail"
    mend = f"Deploy the trail that the file asks for: {command_line('deploy', stack)}"
    what = f"{fault.what}; the stack {stack} makes one"
    # Before its first deploy an account that makes its own trail lacks nothing.
    severity = Severity.WARNING if trail.of_each_account and not _is_deployed(pipeline) else None
    return Fault(what, mend, severity=severity)


def _is_deployed(pipeline: PipelineScope) -> bool:
    rule = existing("aws_cloudwatch_event_rule", {"name": RULE}, pipeline.of.session, pipeline.region)
    return rule is not None and rule.is_ours


TRAIL = Check(
    id="trail",
    severity=Severity.ERROR,
    asks="A trail, the account's or the organization's, is there in the region, is on, and logs the management events "
    "of every source that the pipeline takes: its write events, and with `include_read_only` its reads. Where the "
    "account's own stack makes the trail ([`trail`](trail.md)), its absence before the first deploy is a warning.",
    silences="EventBridge gets from CloudTrail only what a trail logs: everything deploys, and nothing arrives.",
    permissions=(
        Permission("cloudtrail:DescribeTrails", "to find every trail that is there in the region"),
        Permission("cloudtrail:GetTrailStatus", "to see whether it is on, and what its last delivery came to"),
        Permission("cloudtrail:GetEventSelectors", "to see which events it logs"),
    ),
    look=_look,
)
