"""What the archive may be like so that nothing arrives, or nothing is found."""

from functools import partial

from tests.silence.way import Caught, On, Section, Way

_preflight = partial(Caught, "preflight")
_answered = partial(Caught, "preflight", on=On.ANSWER)
_check = partial(Caught, "check --aws")
_status = partial(Caught, "status", on=On.ANSWER)

IN_THE_ARCHIVE = Section(
    "In the archive",
    (
        Way(
            "no-bucket",
            "The archive was never deployed, or its bucket was deleted or has another name",
            "Firehose tries for 24 hours, then drops what it holds",
            (
                _preflight("there is no bucket another"),
                _check("'the-archive' is no bucket of account 222222222222"),
                Caught("status", "The archive s3://acme-iam-events can't be listed: … (NoSuchBucket)"),
                Caught("status --deep", "the delivery log says 'S3.NoSuchBucket':"),
            ),
        ),
        Way(
            "bucket-elsewhere",
            "The bucket is in another region than the file says",
            "KMS and S3 are asked in the wrong region",
            (
                _preflight("the bucket acme-iam-events is in us-east-1, not in eu-west-1"),
                _check("archive.region: 'eu-west-1' is not where the bucket is"),
            ),
        ),
        Way(
            "bucket-policy",
            "The bucket's policy lets no delivery in, or the bucket has none",
            "Every delivery is refused",
            (
                _preflight(
                    "It doesn't allow s3:GetBucketLocation, s3:ListBucket, s3:ListBucketMultipartUploads to alice"
                ),
                _check("It doesn't allow s3:AbortMultipartUpload, s3:GetObject, s3:PutObject"),
                Caught("deploy", "so nothing was deployed; --accept-gap deploys anyway", On.ANSWER),
            ),
        ),
        Way(
            "bucket-policy-denies",
            "The bucket's policy denies an account",
            "That account's deliveries are refused",
            (_preflight("s3://acme-iam-events: It denies s3:PutObject to bob, by this statement:"),),
        ),
        Way(
            "organization-id",
            "The bucket's policy names another organization",
            "Every delivery is refused",
            (
                _preflight(
                    "It doesn't allow s3:GetBucketLocation, s3:ListBucket, s3:ListBucketMultipartUploads to alice"
                ),
            ),
        ),
        Way(
            "bucket-policy-of-a-vpc-endpoint",
            "The bucket's policy has a condition that only AWS can judge, such as a VPC endpoint",
            "Firehose may not meet it: then every delivery is refused",
            (_preflight("Whether it lets alice, bob do s3:… depends on a condition that can't be judged here"),),
        ),
        Way(
            "encryption-demanded",
            "The bucket's policy denies objects whose writer doesn't ask for encryption",
            "Firehose doesn't ask, and gets the bucket's default: every delivery is refused",
            (_preflight('It denies s3:PutObject to alice, bob, by this statement: {"Sid": "DenyUnencryptedUploads"'),),
        ),
        Way(
            "public-access-cut-off",
            "AWS holds the bucket's policy for public, and `RestrictPublicBuckets` is set",
            "Every other account is cut off, whatever the policy allows it",
            (
                _preflight(
                    "AWS holds the policy of s3://acme-iam-events for public, and RestrictPublicBuckets then refuses "
                    "every other account"
                ),
            ),
        ),
        Way(
            "requester-pays",
            "Who asks is to pay for it (Requester Pays)",
            "S3 refuses requests that don't offer to, and Firehose's don't",
            (
                _answered(
                    "who writes into s3://acme-iam-events is to pay (Requester Pays), and Firehose doesn't offer to"
                ),
            ),
        ),
        Way(
            "key-not-named",
            "The bucket encrypts with another key than that of `archive.kms_key`",
            "Every delivery is refused: the roles may not use that key",
            (
                _preflight("It encrypts with … but archive.kms_key names … the accounts' roles may not use it"),
                _check("It encrypts with … but archive.kms_key names no key"),
            ),
        ),
        Way(
            "key-of-aws",
            "The bucket encrypts with AWS's own key for S3",
            "Every delivery is refused: no other account can use that key",
            (_preflight("It encrypts with AWS's own key alias/aws/s3, which the roles of alice, bob can't use"),),
        ),
        Way(
            "no-key",
            "The key isn't there",
            "Every delivery is refused",
            (
                _preflight(
                    "there is no key arn:aws:kms:us-east-1:222222222222:key/00000000-0000-0000-0000-000000000000"
                ),
            ),
        ),
        Way(
            "key-policy",
            "The key's policy doesn't let the delivery roles use it",
            "Every delivery is refused",
            (_preflight("the policy of … doesn't let the delivery role of alice, bob use it"),),
        ),
        Way(
            "key-policy-of-objects-alone",
            "The key's policy lets in what is encrypted for an object, and the bucket has a bucket key",
            "S3 tells AWS KMS the bucket's ARN then: every delivery is refused",
            (_preflight("the policy of … doesn't let the delivery role of alice, bob use it"),),
        ),
        Way(
            "no-bucket-key",
            "The bucket key was switched off, and the key's policy lets in what is encrypted for the bucket",
            "S3 tells AWS KMS the object's ARN then: every delivery is refused",
            (_preflight("the policy of … doesn't let the delivery role of alice, bob use it"),),
        ),
        Way(
            "key-disabled",
            "The key is disabled",
            "Every delivery is refused",
            (_preflight("the key … is Disabled"), _check("is Disabled: nothing could be written")),
        ),
        Way(
            "key-to-be-deleted",
            "The key waits for its deletion",
            "Every delivery is refused, and soon nothing can be read any more",
            (_preflight("the key … is PendingDeletion"),),
        ),
    ),
)

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
            (_status("nothing for 3 days; of its usual days it has missed 2.5, and 1.0 are allowed"),),
        ),
        Way(
            "objects-of-others",
            "Others write below the pipeline's folder, and no delivery stream does",
            "The folder isn't empty",
            (_status("only what no delivery stream wrote, such as 333333333333/us-east-1/2026/11/24/notes.txt"),),
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
