"""What the archive may be like so that nothing arrives."""

from functools import partial

from tests.silence.way import Caught, On, Section, Way

_preflight = partial(Caught, "preflight")
_answered = partial(Caught, "preflight", on=On.ANSWER)
_check = partial(Caught, "check --aws")

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
                Caught("status", "The archive s3://acme-iam-events can't be listed: … Is the archive deployed?"),
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
            "object-lock",
            "The bucket locks each object, so S3 demands a checksum with it. That Firehose sends one was found nowhere",
            "If it doesn't, every delivery is refused: probe one account first",
            (
                Caught(
                    "status --deep",
                    "the delivery log says 'S3.InvalidRequest': 'Content-MD5 OR x-amz-checksum- HTTP header",
                    On.ANSWER,
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
