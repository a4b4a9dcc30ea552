"""`status --json`"""

from pydantic import Field

from orgtrail.documents.document import Document, Part
from orgtrail.status.finding import Kind, Word


class PipelineFinding(Part):
    """One thing that was found in the account."""

    kind: Kind
    text: str


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


class StatusDocument(Document):
    """What arrives in the archive, the worst first."""

    now: str = Field(description="As of when, by S3's clock, as ISO 8601.")
    bucket: str
    calls: int = Field(description="How many calls were made of the archive.")
    notes: list[str] = Field(description="What couldn't be looked at in general, a sentence each.")
    pipelines: list[PipelineStatus]
