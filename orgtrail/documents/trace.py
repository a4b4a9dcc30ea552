"""`trace --json`"""

from pydantic import Field

from orgtrail.documents.document import Document
from orgtrail.trace.verdict import Code


class TraceDocument(Document):
    """What becomes of one event; `trace` prints one such document a line."""

    file: str
    line: int
    record: int | None = Field(description="Its number in a list or in CloudTrail's `Records`, from 1.")
    id: str | None
    source: str
    detail_type: str
    event_name: str | None
    account_id: str
    account: str | None = Field(description="The account's name in the accounts file.")
    region: str
    time: str | None = Field(description="When it occurred, as ISO 8601.")
    taken: bool
    verdict: Code = Field(description="`taken`, or a word for why no pipeline takes it.")
    explanation: str
    bucket: str | None
    prefix: str | None = Field(description="Where in the bucket it would lie.")
    partition: dict[str, str] | None = Field(description="The values of the table's partition columns.")
