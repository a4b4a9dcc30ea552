"""The trails' own deliveries succeed."""

from collections.abc import Iterator

from orgtrail.preflight.checks.trail import TRAIL
from orgtrail.preflight.finding import Check, Fault, Severity
from orgtrail.preflight.scopes import PipelineScope
from orgtrail.preflight.trails import delivery_errors


def _look(pipeline: PipelineScope) -> Iterator[Fault]:
    return delivery_errors(pipeline.of.trails(pipeline.region), pipeline.region)


TRAIL_DELIVERY = Check(
    id="trail-delivery",
    severity=Severity.WARNING,
    asks="The last delivery of each trail to its own bucket succeeded.",
    silences="EventBridge doesn't need that bucket, but a trail that fails is one that somebody removes or breaks: "
    "it isn't looked after.",
    permissions=TRAIL.permissions,
    look=_look,
)
