"""What is said beside Terraform's message when the archive can't be changed; the texts are those of provider 5.100."""

import pytest

from orgtrail.rollout.kept_archive import explained

REFUSALS = {
    "a bucket of another account": (
        "creating S3 Bucket (acme-iam-events): BucketAlreadyExists\n",
        "`archive.adopt: true` takes it in",
    ),
    "a bucket of ours": (
        "creating S3 Bucket (acme-iam-events): operation error S3: CreateBucket, https response error StatusCode: 409, "
        "BucketAlreadyOwnedByYou: ",
        "`archive.adopt: true` takes it in",
    ),
    "a bucket of the account's own namespace, without saying so": (
        "creating S3 Bucket (acme-222222222222-us-east-1-an): operation error S3: CreateBucket, https response error "
        "StatusCode: 400, api error MissingNamespaceHeader: The requested bucket is an account-regional one",
        "Terraform needs AWS provider 6.37 or newer",
    ),
    "another bucket": (
        "Instance cannot be destroyed\nResource aws_s3_bucket.archive_bucket_B42367AB has lifecycle.prevent_destroy",
        "docs/archive.md says how to begin another one and keep this one",
    ),
    "a second managed key": (
        "creating KMS Alias (alias/orgtrail-archive): operation error KMS: CreateAlias, https response error "
        "StatusCode: 400, RequestID: 1, AlreadyExistsException: An alias with the name already exists",
        "aws kms delete-alias --alias-name alias/orgtrail-archive",
    ),
}


@pytest.mark.parametrize(("said", "hint"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_told_with_what_to_do(said, hint):
    text = explained(said)

    assert text.startswith(said)
    assert hint in text


def test_other_messages_are_told_as_they_are():
    assert explained("creating IAM Role: EntityAlreadyExists") == "creating IAM Role: EntityAlreadyExists"
