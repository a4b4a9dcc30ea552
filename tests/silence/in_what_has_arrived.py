"""What may keep events that have arrived from being found, and what the archive alone tells."""

from functools import partial

from tests.silence.way import Caught, On, Section, Way

_preflight = partial(Caught, "preflight")
_status = partial(Caught, "status", on=On.ANSWER)

IN_THE_TABLES = Section(
    "In Athena's tables",
    (
        Way(
            "prefix-and-athena-apart",
            "The tables look in other folders than those of the layout",
            "Objects arrive, and queries find none",
            (
                _preflight(
                    "the table iam_events has 's3://acme-iam-events/${account}/${region}/${day}/', not "
                    "'s3://acme-iam-events/iam/${account}/${region}/${day}/' (storage.location.template)"
                ),
            ),
        ),
        Way(
            "day-format",
            "The tables write the day otherwise than the layout",
            "Objects arrive, and queries find none",
            (_preflight("the table iam_events has 'yyyy/MM/dd', not 'yyyy-MM-dd' (projection.day.format)"),),
        ),
        Way(
            "another-serde",
            "The tables read lines otherwise",
            "Rows are empty, or lack what has a hyphen in its name",
            (_preflight("the table iam_events has 'org.apache.hive.hcatalog.data.JsonSerDe', not"),),
        ),
        Way(
            "account-not-in-the-tables",
            "The tables don't list an account or region: the archive wasn't deployed since it was added",
            "Its objects arrive, and queries of all accounts don't find them",
            (_preflight("the table iam_events doesn't list 444444444444 (projection.account.values)"),),
        ),
        Way(
            "no-table",
            "A table is gone",
            "Queries fail",
            (_preflight("there is no table iam_events in the database orgtrail"),),
        ),
        Way(
            "cold-storage",
            "`archive.transitions` moves objects to a class that Athena doesn't read",
            "What is older isn't found, without an error",
            (
                Caught(
                    "check",
                    "after 180 days objects move to GLACIER, of which Athena reads nothing",
                    On.FILE,
                ),
            ),
        ),
        Way(
            "scan-limit",
            "A query reads more than the workgroup's limit (`archive.catalog.scan_limit_gib`)",
            "It finds nothing",
            uncaught="it isn't silent: Athena ends the query with an error that names the limit",
        ),
    ),
)

IN_WHAT_HAS_ARRIVED = Section(
    "In what has arrived",
    (
        Way(
            "never",
            "Whatever the cause: nothing was ever delivered",
            "The pipeline is deployed, its folder is empty",
            (_status("nothing was delivered since 2026-10-01"),),
        ),
        Way(
            "silent",
            "Whatever the cause: it arrived, and stopped",
            "Nothing for longer than the pipeline's rhythm allows",
            (
                _status("nothing for 3 days; of its usual days it has missed 2.5, and 1.0 are allowed"),
                Caught("alarm silence", "No event has come for 24 hours, in which something always comes", On.ANSWER),
            ),
        ),
        Way(
            "objects-of-others",
            "Others write below the pipeline's folder, and no delivery stream does",
            "The folder isn't empty",
            (_status("only what no delivery stream wrote, such as 333333333333/us-east-1/2026/11/24/notes.txt"),),
        ),
        Way(
            "another-layout",
            "The stream delivers in another layout than the file's, and `archive.former` doesn't name that",
            "Objects arrive where neither queries nor `status` look",
            (
                _status(
                    "streams deliver in another layout than the file's, such as 333333333333/us-east-1/2026-11-05/o"
                ),
            ),
        ),
        Way(
            "backfilled-alone",
            "Nothing lies there but what was [backfilled](backfill.md)",
            "Queries find events, and none of them was delivered",
            (_status("nothing was delivered since 2026-10-01"),),
        ),
        Way(
            "errors",
            "Firehose can't process records",
            "They lie below `errors/`, and no query sees them",
            (_status("records that Firehose couldn't process are below errors/: processing-failed"),),
        ),
        Way(
            "folder-unreadable",
            "Whoever looks may not list a folder",
            "Whether anything arrives isn't known, which is no pass",
            (_status("not known, because An error occurred (AccessDenied)"),),
        ),
        Way(
            "errors-unreadable",
            "Whoever looks may not list the folders of errors",
            "No pipeline is known not to fail",
            (_status("whether there are records that couldn't be processed is not known, because"),),
        ),
        Way(
            "deleted",
            "Somebody deletes objects, or a lifecycle rule of others does",
            "What has arrived is gone, and everything looks well",
            (Caught("verify", "1 of 3 missing"),),
        ),
        Way(
            "clocks-apart",
            "The clock of the machine that looks is wrong",
            "What is silent looks alive, or the reverse",
            (_status("this machine's clock and S3's are 2 hours apart; S3's counts"),),
        ),
    ),
)

IN_WHO_LOOKS = Section(
    "In who looks",
    (
        Way(
            "nobody-looks",
            "The nightly run of `status` has stopped, as GitHub does it after [60 days without a commit](ci.md)",
            "Nobody is told of a silence",
            (Caught("status --html", "This page is 4 days old", On.ANSWER),),
        ),
        Way(
            "alarm-out-of-reach",
            "An alarm's topic is in another region",
            "CloudWatch refuses the alarm, or nobody hears it",
            (Caught("check", "is in us-east-1, and so out of reach for alarms in eu-west-1, ap-northeast-1", On.FILE),),
        ),
        Way(
            "alarm-topic-missing",
            "An alarm's topic isn't there",
            "The alarm rings, and nobody hears it",
            (_preflight("there is no topic arn:aws:sns:us-east-1:444444444444:security-alarms"),),
        ),
        Way(
            "alarm-unheard",
            "Nobody subscribes to an alarm's topic",
            "The alarm rings, and nobody hears it",
            (_preflight("nobody subscribes to the topic arn:aws:sns:us-east-1:444444444444:security-alarms"),),
        ),
        Way(
            "alarm-topic-policy",
            "The policy of an alarm's topic doesn't let CloudWatch publish, or not for alarms of that account",
            "The alarm rings, and nobody hears it",
            (_preflight("the policy of the topic … doesn't let CloudWatch publish"),),
        ),
        Way(
            "alarm-topic-key-of-aws",
            "An alarm's topic is encrypted with AWS's own key, `alias/aws/sns`",
            "CloudWatch can't use it: the alarm rings, and nobody hears it",
            (_preflight("is encrypted with AWS's own key alias/aws/sns, which CloudWatch can't use"),),
        ),
        Way(
            "alarm-topic-key-policy",
            "The policy of the key that encrypts an alarm's topic doesn't let CloudWatch use it",
            "The alarm rings, and nobody hears it",
            (_preflight("the policy of the key … doesn't let CloudWatch use it"),),
        ),
        Way(
            "alarm-topic-key-disabled",
            "The key that encrypts an alarm's topic is disabled, or will be deleted",
            "The alarm rings, and nobody hears it",
            (_preflight("with which the topic … is encrypted, is Disabled"),),
        ),
        Way(
            "alarm-topic-unreadable",
            "An alarm's topic is another account's, and may not be read",
            "Whether anybody hears the alarm isn't known, which is no pass",
            (Caught("preflight", "not known, because a resource-based policy doesn't allow it", On.ANSWER),),
        ),
    ),
)
