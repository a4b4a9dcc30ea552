"""What gets weaker, as `diff`, `deploy` and `affected` say it in JSON."""

from typing import Literal

from pydantic import Field

from orgtrail.documents.document import Part


class WeakerEvidence(Part):
    """One way in which a change weakens the evidence of a stack."""

    stack: str
    what: str = Field(description="What gets weaker, in words.")
    before: str
    after: str
    known_from: list[Literal["settings", "plan"]] = Field(
        description="The source: the settings of two revisions, Terraform's plan, or both."
    )
