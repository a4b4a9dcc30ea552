"""`redrive --json`"""

from pydantic import Field

from orgtrail.documents.document import Document, Part


class DeadLetter(Part):
    """One letter, and why EventBridge gave its event up."""

    message_id: str
    event_id: str | None
    event: str | None = Field(description="Name of the call.")
    time: str | None = Field(description="When it occurred, as the event says.")
    sent: str = Field(description="When EventBridge put it into the queue, as ISO 8601.")
    code: str = Field(description="EventBridge's ERROR_CODE.")
    message: str = Field(description="EventBridge's ERROR_MESSAGE.")
    exhausted: str | None = Field(description="EventBridge's EXHAUSTED_RETRY_CONDITION, if there is one.")
    attempts: str | None = Field(description="EventBridge's RETRY_ATTEMPTS, if there is one.")
    misplaced: str | None = Field(description="Why it stays where it is, if it does.")


class LeftLetters(Part):
    """Letters that stay in the queue for one reason."""

    reason: str
    letters: int


class RedrivenPipeline(Part):
    """The dead letters of one pipeline."""

    account: str
    account_id: str
    region: str
    about: int = Field(
        description="Letters in the queue before, by SQS's approximate count; 0 too where it couldn't be read, and "
        "`ended` says so."
    )
    hidden: int = Field(description="Of these, letters that somebody else has received, approximately.")
    failing: str | None = Field(description="Why EventBridge may still be unable to hand events over.")
    sent: int = Field(description="Letters that Firehose has taken.")
    again: int = Field(description="Of these, those that it may have taken from an interrupted run before.")
    cleared: int = Field(description="Letters that an earlier run had sent, and that were only deleted now.")
    left: list[LeftLetters]
    more: int = Field(description="About how many letters weren't come to.")
    ended: str | None = Field(description="Why not, or why nothing is known.")
    trouble: bool = Field(description="Whether anything is left, or may be.")
    letters: list[DeadLetter] = Field(description="What was looked at before: at most about 1,000.")


class RedriveDocument(Document):
    """The dead letters of pipelines, and what became of them."""

    dry_run: bool = Field(description="Whether they were only looked at.")
    now: str = Field(description="As of when, by this machine's clock, as ISO 8601.")
    pipelines: list[RedrivenPipeline]
