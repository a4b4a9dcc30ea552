"""What accounts.yaml may say so that nothing arrives."""

from functools import partial

from tests.silence.way import Caught, On, Section, Way

_check = partial(Caught, "check", on=On.FILE)
_trace = partial(Caught, "trace", on=On.FILE)
_skipped = partial(Caught, "status", on=On.ANSWER)

IN_THE_FILE = Section(
    "In accounts.yaml",
    (
        Way(
            "no-pipeline-in-the-iam-region",
            "IAM events are wanted, and the account has no pipeline in the region in which they occur",
            "Everything deploys. IAM's events occur in one region of a partition",
            (_check("leaves out us-east-1, the only region where aws.iam events occur: none would arrive"),),
        ),
        Way(
            "wrong-region",
            "A pipeline in a region in which none of its sources occurs",
            "Its rule never matches",
            (_check("leaves the pipeline in eu-west-1 empty: no aws.iam event occurs there"),),
        ),
        Way(
            "source-misspelt",
            "`events.sources` names something that isn't an event source",
            "The rule never matches",
            (_check("'iam.amazonaws.com' is not an event source"),),
        ),
        Way(
            "source-not-selected",
            "The pattern is too narrow: it leaves out the event's source, or names a service that isn't there",
            "Other events arrive, this one doesn't",
            (_trace("payments doesn't select the source aws.ec2"),),
        ),
        Way(
            "detail-type-misspelt",
            "`events.detail_types` names something that CloudTrail never sends",
            "The rule never matches",
            (_check("'AWS API call via CloudTrail' is not a detail type of CloudTrail"),),
        ),
        Way(
            "detail-type-not-selected",
            "The pattern leaves out the event's detail type",
            "Other events arrive, this one doesn't",
            (_trace("payments doesn't select the detail type Access Analyzer Finding"),),
        ),
        Way(
            "reads-not-selected",
            "The call is read-only, and `include_read_only` isn't set",
            "Changes arrive, `Get…`, `List…` and `AssumeRole` don't",
            (_trace("payments takes no read-only calls (events.include_read_only)"),),
        ),
        Way(
            "source-of-reads-alone",
            "A source nearly all of whose calls are read-only, without `include_read_only`",
            "Next to nothing of it arrives",
            (_check("next to nothing of aws.sts arrives: nearly all of it is read-only calls"),),
        ),
        Way(
            "event-of-another-region",
            "The event occurs in a region in which the account has no pipeline",
            "No rule is there to take it",
            (_trace("payments has no pipeline in eu-west-2, only in us-east-1, eu-west-1"),),
        ),
        Way(
            "global-source-elsewhere",
            "The event is looked for in the region in which one works; its source occurs in another",
            "Nothing below the folder of that region",
            (_trace("aws.iam never occurs in eu-west-1, only in us-east-1"),),
        ),
        Way(
            "account-not-in-the-file",
            "The account isn't in accounts.yaml",
            "It has no stack, and nothing is missed",
            (
                Caught("accounts sync --check", "called new"),
                _trace("accounts.yaml has no account 999999999999"),
            ),
        ),
        Way(
            "not-enabled",
            "The entry has `enabled: false`",
            "The stack isn't deployed",
            (_skipped("enabled: false"), _trace("parked isn't enabled")),
        ),
        Way(
            "not-active",
            "The entry has the `status` of an account that is suspended or closed",
            "The stack isn't deployed",
            (_skipped("the account is suspended"), _trace("legacy is suspended")),
        ),
        Way(
            "layout-without-account",
            "The layout doesn't begin with the account",
            "The archive's policy refuses every delivery: each account may write below its own folder alone",
            (_check("{account_id} must be its first placeholder: each account may only write under its own prefix"),),
        ),
        Way(
            "layout-without-slash",
            "The layout doesn't end in `/`",
            "Objects arrive, and Athena finds none: their names run into the folder's",
            (_check("Firehose puts the object's name right behind it"),),
        ),
        Way(
            "layout-too-long",
            "The layout makes prefixes that Firehose refuses once they are filled in",
            "The delivery stream writes nothing",
            (_check("its prefixes evaluate to up to 573 characters; Firehose allows 512"),),
        ),
        Way(
            "another-partition",
            "An account in another partition than the archive",
            "Roles and buckets don't reach across partitions: every delivery is refused",
            (_check("'cn-north-1' is a region of partition aws-cn, but archive.region is in aws"),),
        ),
        Way(
            "key-of-another-region",
            "`archive.kms_key` is in another region or account than the bucket",
            "S3 refuses every delivery",
            (_check("is a key of eu-west-1: S3 encrypts with keys of the bucket's own region only"),),
        ),
        Way(
            "key-by-alias",
            "`archive.kms_key` is an alias",
            "S3 looks for it in the account that writes, and refuses every delivery",
            (_check("is an alias: S3 would look it up in the account that writes, not in the archive's"),),
        ),
        Way(
            "policy-too-long",
            "Without `organization.id`, more accounts than the policy of the bucket can list",
            "S3 refuses the policy, and with the former one the new accounts' deliveries",
            (_check("which takes 21,895 characters where S3 allows 20,480"),),
        ),
        Way(
            "same-credentials",
            "Two accounts are reached with one and the same set of credentials",
            "One of them is never deployed",
            (_check("so all are deployed with the same credentials, which fit one account"),),
        ),
    ),
)
