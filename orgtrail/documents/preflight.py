"""`preflight --json`"""

from typing import Literal

from pydantic import Field

from orgtrail.documents.document import Document, Part


class PreflightFinding(Part):
    """Something that is wrong, or that isn't known."""

    check: str = Field(description="The check that found it, as docs/preflight.md has it.")
    severity: Literal["error", "warning"] = Field(description="error: events don't arrive, or nothing can be deployed.")
    verdict: Literal["fault", "not known"] = Field(description="not known: it couldn't be read, which is no pass.")
    account: str | None = Field(description="Name of the account; null: the archive or the states.")
    region: str | None = Field(description="Region of the pipeline; null: the account as a whole.")
    what: str
    silences: str = Field(description="Why it would silence pipelines.")
    mend: str = Field(description="What to do about it.")


class PreflightDocument(Document):
    """What keeps pipelines from delivering, or would, the worst first."""

    checked: list[str] = Field(description="What was looked at: accounts by name, the archive, the states.")
    pipelines: int
    findings: list[PreflightFinding]
