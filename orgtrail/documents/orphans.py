"""`orphans --json`"""

from pydantic import Field

from orgtrail.documents.document import Document, Part


class OrphanState(Part):
    """A state that no account claims."""

    key: str = Field(description="Its key, file or workspace.")
    resources: int = Field(description="How many resources it still holds.")
    account: str | None = Field(description="The account's name now, where its entry was only renamed.")
    move: str | None = Field(description="How the state gets to where that name looks for it.")


class OrphansDocument(Document):
    """The states that hold resources and that no account of the file claims any more."""

    orphans: list[OrphanState]
