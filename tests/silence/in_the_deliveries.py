"""What may become of an event on its way through a pipeline that is as it should be."""

from functools import partial

from tests.silence.way import Caught, On, Section, Way

_deep = partial(Caught, "status --deep")
_answered = partial(Caught, "status --deep", on=On.ANSWER)
_redrive = partial(Caught, "redrive --dry-run")


def _alarm(kind: str, text: str) -> Caught:
    return Caught(f"alarm {kind}", text, On.ANSWER)


IN_THE_DELIVERIES = Section(
    "In each delivery",
    (
        Way(
            "delivery-refused",
            "A service or resource control policy, the bucket, its key or a VPC endpoint refuses the delivery",
            "Firehose tries for 24 hours, then drops what it holds",
            (_answered("the delivery log says 'S3.AccessDenied': 'no'"),),
        ),
        Way(
            "hand-over-refused",
            "A service control policy or a permissions boundary refuses `firehose:PutRecordBatch`",
            "Every event is a dead letter",
            (
                _answered("1 dead letter in orgtrail-iam-events-dlq: redrive shows why"),
                Caught("redrive --dry-run", "NO_PERMISSIONS: not authorized", On.ANSWER),
                _alarm("dead-letters", "Events lie in the queue orgtrail-iam-events-dlq, not in the archive"),
            ),
        ),
        Way(
            "hand-over-failing",
            "EventBridge can't hand events over, whatever the cause",
            "It tries for 24 hours, or at once makes them dead letters",
            (
                _answered("FailedInvocations is 2: events that EventBridge couldn't hand over"),
                _alarm("failed-invocations", "EventBridge could not hand events to the delivery stream"),
            ),
        ),
        Way(
            "event-too-large",
            "The event is over 1,000 KiB",
            "It is a dead letter",
            (_deep("1 dead letter in orgtrail-iam-events-dlq: redrive shows why"), _redrive("SDK_CLIENT_ERROR")),
        ),
        Way(
            "dead-letter-queue-unreachable",
            "The dead-letter queue takes nothing",
            "What can't be handed over is lost",
            (
                _answered("InvocationsFailedToBeSentToDlq is 1: events that didn't reach the dead-letter queue either"),
                _alarm(
                    "lost-events",
                    "EventBridge could hand events neither to the delivery stream nor to the dead-letter queue",
                ),
            ),
        ),
        Way(
            "throttled",
            "More events than the quota of the delivery stream",
            "Events come late, or are dead letters",
            (
                _answered("ThrottledRecords is 9: events that Firehose throttled"),
                _alarm("throttling", "Firehose refused events because more come than the quotas of the stream allow"),
            ),
        ),
        Way(
            "stuck",
            "Firehose holds events and can't write them",
            "They are dropped after 24 hours",
            (
                _answered("DeliveryToS3.DataFreshness is 7,200: seconds that the oldest event has been waiting"),
                _alarm("freshness", "Events have waited in the delivery stream for more than 900 seconds"),
            ),
        ),
        Way(
            "best-effort",
            "CloudTrail doesn't hand an event to EventBridge, which AWS calls best effort",
            "One event among many is missing, and everything looks well",
            (Caught("verify", "1 of 2 missing"),),
        ),
        Way(
            "switched-off-and-on",
            "Somebody disables the rule, or the trail, for a while",
            "What happens meanwhile is missing, and afterwards everything looks well",
            (Caught("verify", "2 of 5 missing"),),
        ),
        Way(
            "not-recorded",
            "The call is none that CloudTrail records as a management event",
            "Nothing arrives of it, anywhere",
            uncaught="AWS itself has no trace of it, neither in a trail nor in its event history",
        ),
    ),
)
