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
        description="Who tells it: the settings of two revisions, the plan of Terraform, or both."
    )
