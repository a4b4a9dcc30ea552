"""What a rehearsal says before it begins, and counts while it goes on."""

import pytest

from orgtrail.errors import UserError
from orgtrail.rehearsal.rollout import _ResourceCounter, rehearsal
from tests.builders import an_account, settings


def test_every_resource_that_cdktf_tells_of_is_counted_whichever_provider_makes_it():
    counter = _ResourceCounter(lambda: {"archive": 2}, lambda *_told: None)
    for line in (
        "archive  terraform_data.place: Creation complete after 0s [id=9ca0afdf]",
        "         aws_s3_bucket.archive_bucket_5E2BB3A4: Creating...",
        "         aws_s3_bucket.archive_bucket_5E2BB3A4: Creation complete after 1s [id=acme-iam-events]",
    ):
        counter.read(line)

    assert counter.made == {"archive": 2}


def test_a_folder_that_cannot_be_written_is_told_with_the_option_that_names_another(tmp_path):
    (tmp_path / "file").touch()

    with (
        pytest.raises(UserError, match=r"file/work can't be written: Not a directory\. .*--workdir"),
        rehearsal(settings(an_account()), tmp_path / "file" / "work"),
    ):
        pass
