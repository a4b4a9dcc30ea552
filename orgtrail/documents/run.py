"""`diff --json`, `deploy --json` and `report.json`"""

from typing import Literal

from pydantic import Field

from orgtrail.documents.document import Document, Part
from orgtrail.documents.weaker import WeakerEvidence

Preflight = Literal["made", "skipped", "not needed", "not known"]
Status = Literal["unchanged", "changes", "applied", "failed", "not started"]


class AttributeChange(Part):
    """An attribute that differs, as it is shown: secrets are masked, long values cut."""

    name: str = Field(description="Its path; of a policy, with the statement.")
    before: str = Field(description="`{account_id}` stands for the id of the stack's account, here and after.")
    after: str


class ResourceChange(Part):
    """What happens to one resource."""

    address: str
    action: str = Field(description="create, update, delete, replace, import or forget.")
    attributes: list[AttributeChange] = Field(description="What differs in a resource that stays or is replaced.")


class StackRun(Part):
    """One stack of a run."""

    stack: str
    status: Status = Field(description="How it ended. `changes`: they are planned, and nothing was applied.")
    wave: str | None = Field(description="The wave in which it was rolled out.")
    add: int = Field(description="Resources that are added; those that are replaced count here too.")
    change: int = Field(description="Resources that are changed in place.")
    destroy: int = Field(description="Resources that are destroyed; those that are replaced count here too.")
    changes: list[ResourceChange]
    error: str | None = Field(description="Why it failed.")
    started: str | None = Field(description="When it began, UTC, as ISO 8601.")
    seconds: float = Field(description="How long it took.")
    log: str | None = Field(description="The file with all that Terraform said.")


class RunSummary(Part):
    """How many stacks ended in which way, and the sums of their resources."""

    stacks: int
    unchanged: int
    changes: int
    applied: int
    failed: int
    not_started: int = Field(alias="not started")
    add: int
    change: int
    destroy: int


class RunDocument(Document):
    """What a run over stacks has found or done."""

    summary: RunSummary
    weaker: list[WeakerEvidence] = Field(description="What makes evidence weaker, in any stack.")
    stacks: list[StackRun]
    preflight: Preflight | None = Field(
        default=None,
        description="Of a deploy: whether accounts without a state were looked at first. not needed: there are none. "
        "not known: whether there are. skipped: by --skip-preflight.",
    )


class MergedRunDocument(RunDocument):
    """The diffs of several jobs as one; the workflow `diff.yml` keeps it as `summary/diff.json`."""

    missing_shards: int = Field(description="How many jobs left no result.")
