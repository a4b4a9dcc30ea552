"""What a rehearsal counts while it goes on."""

from orgtrail.rehearsal.rollout import _ResourceCounter


def test_every_resource_that_cdktf_tells_of_is_counted_whichever_provider_makes_it():
    counter = _ResourceCounter(lambda: {"archive": 2}, lambda *_told: None)
    for line in (
        "archive  terraform_data.place: Creation complete after 0s [id=9ca0afdf]",
        "         aws_s3_bucket.archive_bucket_5E2BB3A4: Creating...",
        "         aws_s3_bucket.archive_bucket_5E2BB3A4: Creation complete after 1s [id=acme-iam-events]",
    ):
        counter.read(line)

    assert counter.made == {"archive": 2}
