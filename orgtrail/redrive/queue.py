"""The dead-letter queue of one pipeline."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from orgtrail import names
from orgtrail.aws import AWS_ERRORS
from orgtrail.redrive.letter import Letter, letter_of
from orgtrail.status.deployed import Wanted

# The most that one call receives, deletes or releases.
AT_ONCE = 10
# How long an empty queue is asked, in seconds. Without any, SQS asks some of its servers only:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html
WAIT_SECONDS = 1
EMPTY_ANSWERS = 2
"""After so many answers without anything new, a queue counts as empty."""
CANT_BE_READ = (*AWS_ERRORS, ValueError, LookupError, TypeError)
"""What is raised where AWS refuses, or answers something else than AWS would."""
_ATTRIBUTES = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "RedrivePolicy")


class Counts(NamedTuple):
    """How many messages SQS thinks there are, and are hidden; `sent_on`: those received often go to another queue."""

    visible: int
    hidden: int
    sent_on: bool


class DeadLetterQueue:
    """Raises botocore's errors where SQS refuses.

    What is received is hidden from others for `hidden` seconds, unless it is deleted or released.
    """

    def __init__(self, sqs: Any, wanted: Wanted, *, hidden: int) -> None:
        self._sqs = sqs
        self._wanted = wanted
        self._hidden = hidden
        self.may_have_lost = False
        """Whether letters may be hidden in an answer that didn't come: the client has asked again by itself."""
        self._url: str = sqs.get_queue_url(QueueName=names.DEAD_LETTER_QUEUE)["QueueUrl"]

    def counts(self) -> Counts:
        """What SQS says of the queue: approximately."""
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=list(_ATTRIBUTES))["Attributes"]
        visible, hidden, policy = (answer.get(name) for name in _ATTRIBUTES)
        return Counts(int(visible), int(hidden), bool(policy))

    def receive(self) -> list[Letter]:
        """Some letters; none does not prove that there are none."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=AT_ONCE,
            VisibilityTimeout=self._hidden,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        self.may_have_lost |= answer["ResponseMetadata"]["RetryAttempts"] > 0
        return [letter_of(message, self._wanted) for message in answer.get("Messages", [])]

    def delete(self, letters: Sequence[Letter]) -> set[str]:
        """Delete letters; the ids of those that are deleted now."""
        answer = self._sqs.delete_message_batch(
            QueueUrl=self._url,
            Entries=[{"Id": str(number), "ReceiptHandle": one.handle} for number, one in enumerate(letters)],
        )
        return {letters[int(one["Id"])].id for one in answer.get("Successful", [])}

    def release(self, letters: Sequence[Letter]) -> None:
        """Let others see letters again, at once."""
        for start in range(0, len(letters), AT_ONCE):
            self._sqs.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": one.handle, "VisibilityTimeout": 0}
                    for number, one in enumerate(letters[start : start + AT_ONCE])
                ],
            )


def why_not(error: Exception) -> str:
    """An error as the reason why something isn't known."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    if code.endswith(("QueueDoesNotExist", "NonExistentQueue")):
        return f"the queue {names.DEAD_LETTER_QUEUE} isn't there: is the account's stack deployed?"
    return str(error) if isinstance(error, AWS_ERRORS) else f"AWS's answer can't be understood: {error!r}"
