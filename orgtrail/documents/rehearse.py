"""`rehearse --json`"""

from typing import Any

from pydantic import Field

from orgtrail.documents.document import Document, Part


class ProvenPipeline(Part):
    """A pipeline of the emulated AWS, and what was delivered through it."""

    account: str
    account_id: str
    region: str
    rule_state: str
    stream_status: str
    dead_letter_queue: bool
    delivery_log: bool
    event_ids: list[str] = Field(description="The events that were sent, all of which arrived.")
    bucket: str
    key: str = Field(description="The object that was written.")


class NamedQuery(Part):
    """A named query and its answer."""

    name: str
    rows: list[dict[str, Any]]


class RehearseDocument(Document):
    """What a rehearsal has shown."""

    pipelines: list[ProvenPipeline]
    queries: list[NamedQuery]
