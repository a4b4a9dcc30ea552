"""`affected --json`"""

from pydantic import Field

from orgtrail.documents.document import Document, Part
from orgtrail.documents.weaker import WeakerEvidence


class ArchiveAffected(Part):
    """The archive's stack."""

    affected: bool
    reasons: list[str]


class AffectedStack(Part):
    """An account whose stack comes out differently."""

    name: str
    account_id: str
    reasons: list[str]


class LeftOut(Part):
    """An account that no stack is built for."""

    name: str
    account_id: str
    why: str


class AffectedDocument(Document):
    """The stacks that differ between two revisions, and why."""

    base: str = Field(description="The revision that was compared with.")
    head: str | None = Field(description="The revision that was looked at; null: the work tree.")
    archive: ArchiveAffected
    accounts: list[AffectedStack]
    removed: list[LeftOut] = Field(description="Without an entry any more; what was deployed there stays.")
    skipped: list[LeftOut] = Field(description="Suspended or closed, and affected otherwise.")
    weaker: list[WeakerEvidence] = Field(description="What the settings weaken.")
