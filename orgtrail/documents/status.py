"""`status --json`"""

from pydantic import Field

from orgtrail.documents.document import Document, Part
from orgtrail.status.finding import Kind, Word
from orgtrail.status.probe.result import ProbeWord


class PipelineFinding(Part):
    """One thing that was found in the account."""

    kind: Kind
    text: str


class PipelineProbe(Part):
    """What came of a call that was made to see its event arrive."""

    result: ProbeWord
    why: str = Field(description="The reason, in words; empty if there is nothing to say.")
    advice: str = Field(description="What to do next; empty for nothing.")
    trouble: bool = Field(description="Whether somebody has to look at it.")
    value: str | None = Field(description="What the tag held, by which the event can be found.")
    called: str | None = Field(description="When the call was made, as ISO 8601, by AWS's clock.")
    written: str | None = Field(description="When S3 had the object with the event, as ISO 8601.")
    key: str | None = Field(description="The key of that object.")
    seconds_until_written: float | None = Field(description="From the call until S3 had the object.")
    seconds_until_found: float | None = Field(description="From the call until the event was seen there.")


class PipelineStatus(Part):
    """What is known of one pipeline."""

    account: str
    account_id: str
    region: str
    verdict: Word
    why: str = Field(description="The reason, in words.")
    trouble: bool = Field(description="Whether somebody has to look at it.")
    newest: str | None = Field(description="When the first event of its newest object arrived, as ISO 8601.")
    key: str | None = Field(description="The key of its newest object.")
    days: list[str] = Field(description="The days with arrivals that are known, UTC, as ISO 8601.")
    foreign: list[str] = Field(description="A few keys in its folders that no delivery stream of Orgtrail has written.")
    findings: list[PipelineFinding] = Field(description="With `--deep`: what is wrong in the account, the worst first.")
    probe: PipelineProbe | None = Field(description="With `--probe`: what came of it.")


class StatusDocument(Document):
    """What arrives in the archive, the worst first."""

    now: str = Field(description="As of when, by S3's clock, as ISO 8601.")
    bucket: str
    calls: int = Field(description="How many calls were made of the archive.")
    notes: list[str] = Field(description="What couldn't be looked at in general, a sentence each.")
    pipelines: list[PipelineStatus]
