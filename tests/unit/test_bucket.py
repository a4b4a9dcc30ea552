"""Which bucket a call names, and who must own it."""

from orgtrail.bucket import NamedBucket, owned
from tests.builders import settings


def test_a_call_for_the_archive_names_its_owner():
    archive = settings().archive
    assert owned(archive) == {"Bucket": archive.bucket, "ExpectedBucketOwner": archive.account_id}


def test_a_bucket_of_nobody_knows_whom_may_be_anybodys():
    assert owned(NamedBucket("acme-cloudtrail", None)) == {"Bucket": "acme-cloudtrail"}
