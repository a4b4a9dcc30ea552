"""What may be wrong with a pipeline that is deployed, or that should be."""

from functools import partial

from tests.silence.way import PROBE, Caught, On, Section, Way

_deep = partial(Caught, "status --deep")
_redrive = partial(Caught, "redrive --dry-run")
_answered = partial(Caught, "status --deep", on=On.ANSWER)

IN_THE_RULE = Section(
    "In the rule and its target",
    (
        Way(
            "never-deployed",
            "The stack was never deployed, or was destroyed",
            "Nothing is there to take an event",
            (
                _deep("it isn't deployed"),
                Caught("status --probe", "role/orgtrail-firehose isn't there: nothing is deployed"),
            ),
        ),
        Way("rule-disabled", "The rule is disabled", "It takes nothing", (_deep("the rule is disabled"), PROBE)),
        Way("rule-missing", "The rule was deleted", "Nothing takes an event", (_deep("the rule isn't there"), PROBE)),
        Way(
            "pattern-too-narrow",
            "The rule's pattern was changed, or the file's `events` and never deployed",
            "Some events arrive, others don't",
            (_deep('the rule\'s pattern is another: \'{"source": ["aws.kms"]}\''), PROBE),
        ),
        Way(
            "rule-state",
            "The rule takes no reads, and the file wants them, or the reverse",
            "Changes arrive, `Get…`, `List…` and `AssumeRole` don't",
            (_deep("the rule's state is 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', not 'ENABLED'"),),
        ),
        Way(
            "no-target",
            "The rule has no target",
            "It takes events and hands them to nobody",
            (_deep("the rule has no target: nothing takes its events"), PROBE),
        ),
        Way(
            "target-replaced",
            "The target isn't the delivery stream",
            "The events go elsewhere",
            (_deep("the target isn't the delivery stream, but 'arn:aws:sqs:us-east-1:333333333333:another'"),),
        ),
        Way(
            "target-without-role",
            "The target has no role",
            "EventBridge hands nothing over: every event is a dead letter",
            (_deep("the target has no role"), PROBE, _redrive("FAILED_TO_ASSUME_ROLE")),
        ),
        Way(
            "target-with-another-role",
            "The target has another role",
            "As that role allows",
            (_deep("the target's role is 'arn:aws:iam::333333333333:role/another'"),),
        ),
        Way(
            "target-without-dead-letters",
            "The target has no dead-letter queue, or another",
            "What can't be handed over is lost",
            (_deep("the target's dead-letter queue is 'None'"),),
        ),
        Way(
            "event-replaced",
            "The target hands over a part of the event (`InputPath`), or another text in its place",
            "Objects arrive, and hold no events that Athena can read",
            (_deep("the target hands over something else than the event (InputPath)"),),
        ),
        Way(
            "queue-missing",
            "The dead-letter queue was deleted",
            "What can't be handed over is lost",
            (_deep("the dead-letter queue isn't there"),),
        ),
        Way(
            "dead-letter-queue-policy",
            "The policy of the dead-letter queue doesn't let the rule in",
            "What can't be handed over is lost",
            (_deep("the policy of the dead-letter queue is another"),),
        ),
        Way(
            "dead-letter-queue-key",
            "The dead-letter queue is encrypted with a key that EventBridge may not use",
            "What can't be handed over is lost",
            (_deep("the dead-letter queue's key is 'alias/aws/sqs', not SQS's own: EventBridge may be refused"),),
        ),
        Way(
            "dead-letter-queue-forgets",
            "The dead-letter queue keeps letters for a shorter time than 14 days",
            "What can't be handed over is gone before anybody has looked",
            (_deep("the dead-letter queue keeps a letter for 60 seconds, not for 1209600"),),
        ),
    ),
)

IN_THE_ROLES = Section(
    "In the two roles",
    (
        Way(
            "delivery-role-missing",
            "One of the two roles was deleted",
            "EventBridge hands nothing over, or Firehose writes nothing",
            (_deep("the role orgtrail-firehose isn't there"),),
        ),
        Way(
            "delivery-role-not-assumable",
            "The service may not assume the role",
            "EventBridge hands nothing over, or Firehose writes nothing",
            (_deep("who may assume the role orgtrail-firehose is another"), PROBE, _redrive("FAILED_TO_ASSUME_ROLE")),
        ),
        Way(
            "role-without-policy",
            "EventBridge's role has no policy",
            "Every event is a dead letter",
            (_deep("the policy of the role orgtrail-eventbridge isn't there"), PROBE),
        ),
        Way(
            "role-lacks-an-action",
            "EventBridge's role lacks an action",
            "Every event is a dead letter",
            (_deep("the policy of the role orgtrail-eventbridge is another"), PROBE, _redrive("NO_PERMISSIONS")),
        ),
        Way(
            "delivery-role-lacks-an-action",
            "Firehose's role lacks an action",
            "Every delivery is refused",
            (_deep("the delivery log says 'S3.AccessDenied': … may not write"), PROBE),
        ),
        Way(
            "delivery-role-without-policy",
            "Firehose's role has no policy",
            "Firehose writes nothing, and drops after a day what it holds",
            (_deep("the policy of the role orgtrail-firehose isn't there"),),
        ),
        Way(
            "policies-of-others",
            "Somebody has given one of the two roles a policy besides its own, such as one that denies everything",
            "What it denies is refused, and no diff shows it: Terraform looks at the role's own policy alone",
            (
                _deep(
                    "the role orgtrail-firehose has policies of others, which may deny it what it does: 'arn:aws:iam::"
                ),
            ),
        ),
        Way(
            "stack-of-another-version",
            "The stack was deployed by another version of Orgtrail, and not since",
            "What the newer one mends is still as it was",
            (_deep("what is deployed is of a time before versions"),),
        ),
        Way(
            "permissions-boundary",
            "A role has a permissions boundary that the file doesn't give it, or lacks that which it does",
            "What the boundary doesn't allow is refused",
            (_deep("the permissions boundary of the role orgtrail-eventbridge is 'arn:aws:iam::aws:policy/R…"),),
        ),
    ),
)

IN_THE_STREAM = Section(
    "In the delivery stream",
    (
        Way(
            "stream-missing",
            "The delivery stream was deleted",
            "Every event is a dead letter",
            (_deep("the delivery stream isn't there"), PROBE, _redrive("NO_RESOURCE")),
        ),
        Way(
            "stream-not-active",
            "The delivery stream is being made, deleted, or couldn't be made",
            "Every event is a dead letter",
            (_answered("the delivery stream is 'CREATING_FAILED'"),),
        ),
        Way(
            "stream-without-destination",
            "The delivery stream has no destination in S3",
            "It goes elsewhere",
            (_answered("the delivery stream has no destination in S3"),),
        ),
        Way(
            "another-bucket",
            "The delivery stream writes to another bucket: the archive has moved, or somebody has changed it",
            "The archive stays empty",
            (_deep("the delivery stream's bucket is 'arn:aws:s3:::old', not 'arn:aws:s3:::acme-iam-events'"), PROBE),
        ),
        Way(
            "stream-with-another-role",
            "The delivery stream has another role",
            "The archive's policy refuses it",
            (_deep("the delivery stream's role is 'arn:aws:iam::333333333333:role/another'"),),
        ),
        Way(
            "another-prefix",
            "The delivery stream's prefix isn't that of the layout",
            "The archive refuses the objects, or Athena and `status` look elsewhere",
            (_deep("the delivery stream's prefix is 'old/', not"), PROBE),
        ),
        Way(
            "another-error-prefix",
            "The prefix of errors isn't that of the layout",
            "What can't be processed isn't seen",
            (_deep("the delivery stream's error prefix is 'old/!{firehose:error-output-type}/', not"),),
        ),
        Way(
            "another-compression",
            "The delivery stream compresses otherwise",
            "Whoever reads plain lines finds none",
            (_deep("the delivery stream's compression is 'GZIP', not 'UNCOMPRESSED'"),),
        ),
        Way(
            "stream-with-a-key",
            "The delivery stream asks S3 for a key of its own",
            "The archive's policy refuses it",
            (_deep("the delivery stream's own key is … not 'None'"),),
        ),
        Way(
            "stream-encrypted-with-a-key",
            "The delivery stream encrypts what it holds with a key of the account",
            "Once that key is disabled, every event is a dead letter",
            (_answered("the delivery stream's encryption is 'CUSTOMER_MANAGED_CMK', not 'AWS_OWNED_CMK'"),),
        ),
        Way(
            "another-time-zone",
            "The delivery stream writes the day of another time zone",
            "Events lie in the folder of another day, and a query of the day misses them",
            (_deep("the delivery stream's time zone is 'Asia/Tokyo', not 'UTC'"),),
        ),
        Way(
            "converted",
            "The delivery stream converts events into another format",
            "Objects arrive, and the tables can't read them",
            (_deep("the delivery stream's conversion is 'True', not 'False'"),),
        ),
        Way(
            "partitioned",
            "The delivery stream partitions by what is in the events",
            "Objects lie in other folders than those of the layout",
            (_deep("the delivery stream's partitioning is 'True', not 'False'"),),
        ),
        Way(
            "no-newline",
            "The delivery stream puts events on one line",
            "Athena reads the first of each object alone",
            (_deep("the delivery stream doesn't put each event on a line of its own"),),
        ),
        Way(
            "another-delimiter",
            "The delivery stream puts something else than a newline behind each event",
            "Athena reads the first of each object alone",
            (_answered("the delivery stream doesn't put each event on a line of its own"),),
        ),
        Way(
            "another-file-extension",
            "The delivery stream ends the names of objects otherwise, such as in `.gz`",
            "Athena takes plain objects for compressed ones, or the reverse, and can't read them",
            (_deep("the delivery stream's file extension is '.gz', not 'None'"),),
        ),
        Way(
            "no-delivery-log",
            "The delivery stream writes no log",
            "Why a delivery fails can't be known",
            (_deep("the delivery stream's delivery log is 'False', not 'True'"),),
        ),
        Way(
            "another-delivery-log",
            "The delivery stream writes its log elsewhere",
            "Why a delivery fails is looked for in vain",
            (_deep("the delivery stream's log group is 'another', not '/aws/kinesisfirehose/orgtrail-iam-events'"),),
        ),
        Way(
            "delivery-log-missing",
            "The log group was deleted",
            "Why a delivery fails can't be known",
            (_deep("the delivery log isn't there"),),
        ),
    ),
)
