"""What a rehearsal shows while it goes on."""

import io

from rich.console import Console

from orgtrail.rehearsal.rollout import _ResourceCounter
from orgtrail.rehearsal.show import _Display


def test_a_step_shows_no_count_of_what_it_cannot_count():
    screen = io.StringIO()
    display = _Display(Console(file=screen, force_terminal=True, width=80))
    with display.step("cdktf deploy '*'"):
        display.created("payments", 3, 16)

    assert "None" not in screen.getvalue()
    assert "3/16" in screen.getvalue()


def test_every_resource_that_cdktf_tells_of_is_counted_whichever_provider_makes_it():
    counter = _ResourceCounter(lambda: {"archive": 2}, lambda *_told: None)
    for line in (
        "archive  terraform_data.place: Creation complete after 0s [id=9ca0afdf]",
        "         aws_s3_bucket.archive_bucket_5E2BB3A4: Creating...",
        "         aws_s3_bucket.archive_bucket_5E2BB3A4: Creation complete after 1s [id=acme-iam-events]",
    ):
        counter.read(line)

    assert counter.made == {"archive": 2}
