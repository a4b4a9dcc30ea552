"""`check --json`"""

from pydantic import Field

from orgtrail.documents.document import Document, Part
from orgtrail.settings import Status


class CheckedPipeline(Part):
    """A pipeline that the accounts file stands for."""

    region: str
    sources: list[str] = Field(description="The event sources that it takes: those that occur in its region.")
    prefix: str = Field(description="Prefix in the archive, as Firehose gets it.")


class CheckedAccount(Part):
    """An account of the accounts file."""

    name: str
    account_id: str
    status: Status = Field(description="No stack is built unless it is active.")
    enabled: bool = Field(description="Whether it has pipelines; those of a disabled account are removed.")
    pipelines: list[CheckedPipeline]


class CheckDocument(Document):
    """The accounts of a file without faults, with their pipelines."""

    accounts: list[CheckedAccount]
    notices: list[str] = Field(description="What the file may not mean, a sentence each; nothing that is wrong.")
