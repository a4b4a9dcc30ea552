"""What the archive may be like so that nothing arrives, or nothing is found."""

from functools import partial

from tests.silence.way import Caught, On, Section, Way

_preflight = partial(Caught, "preflight")
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
            "The bucket's policy lets no delivery in",
            "Every delivery is refused",
            (_check("It doesn't allow s3:AbortMultipartUpload, s3:GetObject, s3:PutObject"),),
        ),
        Way(
            "bucket-policy-denies",
            "The bucket's policy denies an account",
            "That account's deliveries are refused",
            (_preflight("s3://acme-iam-events: It denies s3:PutObject to bob, by this statement:"),),
        ),
        Way(
            "key-not-named",
            "The bucket encrypts with a key that `archive.kms_key` doesn't name",
            "Every delivery is refused: the roles may not use that key",
            (_check("It encrypts with … but archive.kms_key names no key"),),
        ),
        Way(
            "key-policy",
            "The key's policy doesn't let the delivery roles use it",
            "Every delivery is refused",
            (_preflight("the policy of … doesn't let the delivery role of alice, bob use it"),),
        ),
        Way(
            "key-disabled",
            "The key is disabled",
            "Every delivery is refused",
            (_preflight("the key … is Disabled"), _check("is Disabled: nothing could be written")),
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
    ),
)
