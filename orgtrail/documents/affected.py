"""`affected --json`"""

from pydantic import Field

from orgtrail.affected.result import Kind
from orgtrail.documents.document import Document, Part
from orgtrail.documents.weaker import WeakerEvidence


class AffectedReason(Part):
    """Why a stack comes out differently."""

    kind: Kind = Field(
        description="`new`: the account, or the whole file; `setting`: a value of the account, the archive or the "
        "organization; `default`: one of `defaults`; `state`: the account's state is elsewhere; `accounts`: the "
        "accounts that the archive lists; `code`: a file of the app; `unknown`: the revision has faults."
    )
    key: str | None = Field(
        description="What changed: a setting by its path in the file (`defaults.regions`, `archive.layout`), the path "
        "of a file of the code; null where it isn't a single one."
    )
    before: str | None = Field(description="What the setting meant for this stack; null where it wasn't set.")
    after: str | None = Field(description="What it means now; null where it isn't set.")
    text: str = Field(description="All of it in words.")


class ArchiveAffected(Part):
    """The archive's stack, or the trail's."""

    affected: bool
    reasons: list[AffectedReason]


class AffectedStack(Part):
    """An account whose stack comes out differently."""

    name: str
    account_id: str
    reasons: list[AffectedReason]


class LeftOut(Part):
    """An account that no stack is built for."""

    name: str
    account_id: str
    why: str


class Skipped(LeftOut):
    """An account that is suspended or closed."""

    reasons: list[AffectedReason] = Field(description="Why its stack would come out differently.")


class AffectedDocument(Document):
    """The stacks that differ between two revisions, and why."""

    base: str = Field(description="The revision that was compared with.")
    head: str | None = Field(description="The revision that was looked at; null: the work tree.")
    archive: ArchiveAffected
    trail: ArchiveAffected = Field(
        description="The stack of the trail that Orgtrail makes; unaffected if it makes none."
    )
    accounts: list[AffectedStack]
    removed: list[LeftOut] = Field(description="Without an entry any more; what was deployed there stays.")
    skipped: list[Skipped] = Field(description="Suspended or closed, and affected otherwise.")
    weaker: list[WeakerEvidence] = Field(description="What the settings weaken.")
