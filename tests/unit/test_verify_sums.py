"""What was found of several pipelines and days, summed up."""

from datetime import UTC, date, datetime, timedelta

from rich.console import Console

from orgtrail.commands.showing_sums import show_sums
from orgtrail.documents import VerifyDocument
from orgtrail.verify.result import Figures, Named, Verified
from orgtrail.verify.sums import by_day, by_pipeline, share, summed

FIRST = date(2026, 11, 23)
AT = datetime(2026, 11, 28, tzinfo=UTC)
DENIED = "not known, because CloudTrail's history can't be looked up: AccessDenied"


def day(number, word="complete", account="payments", missing=0, twice=0, **rest):
    """Of ten events on a day, so many are missing."""
    events = [Named(f"{number}-{one}", AT, "CreateUser", "aws.iam", 0) for one in range(missing + twice)]
    figures = Figures() if "why" in rest else Figures(10, 10 - missing, lines=70, malformed=3)
    return Verified(
        account,
        "333333333333",
        "us-east-1",
        FIRST + timedelta(days=number),
        AT,
        word,
        figures=figures,
        missing=tuple(events[:missing]),
        twice=tuple(events[missing:]),
        **rest,
    )


FOUND = [
    day(1, "missing", missing=2, twice=1),
    day(2, "not known", why=DENIED),
    day(0),
    *(day(number, account="ledger") for number in range(3)),
]


def test_a_sum_has_the_worst_verdict_and_each_event_once():
    total = summed(FOUND)

    assert (total.word, total.is_trouble) == ("missing", True)
    assert total.verdicts == {"missing": 1, "not known": 1, "complete": 4, "no events": 0, "skipped": 0}
    assert (total.figures, total.missing, total.twice) == (Figures(50, 48), 2, 1)


def test_pipelines_come_worst_first_and_days_in_their_order():
    assert [(name, one.word) for (name, _id, _region), one in by_pipeline(FOUND).items()] == [
        ("payments", "missing"),
        ("ledger", "complete"),
    ]
    assert [(at.day, one.word) for at, one in by_day(FOUND).items()] == [
        (23, "complete"),
        (24, "missing"),
        (25, "not known"),
    ]


def test_a_pipeline_says_on_which_days_it_is_not_known_and_why():
    assert by_pipeline(FOUND)["payments", "333333333333", "us-east-1"].told_of_pipeline == (
        f"2 of 20 missing; 1 twice; 2026-11-25: {DENIED}"
    )
    never = [day(number, "skipped", why="enabled: false") for number in range(3)]
    assert summed(never).told_of_pipeline == "enabled: false"


def test_a_day_says_how_many_pipelines_are_not_known_beside_what_is_missing():
    found = [day(0, "missing", missing=1), day(0, "not known", "ledger", why=DENIED), day(0, account="other")]
    (one,) = by_day(found).values()

    assert (one.how_many, one.told_of_day) == ("1 of 3", "1 of 20 missing; 1 pipeline not known")


def test_how_many_are_of_a_verdict_is_told_of_those_that_were_looked_at():
    skipped = day(0, "skipped", "legacy", why="the account is suspended")
    numbers = [
        summed(found).how_many
        for found in (
            [day(0), day(1, "no events")],
            [day(0), skipped],
            [skipped],
            [day(0, "missing", missing=1), day(0, account="ledger"), skipped],
            [day(0, "missing", missing=1)],
        )
    ]

    assert numbers == ["2", "1", "1", "1 of 2", "1"]


def test_days_without_events_are_counted_and_not_listed():
    console = Console(width=80, highlight=False)
    with console.capture() as shown:
        show_sums(console, [day(0), day(1, "no events"), day(2, "no events")])
    with console.capture() as quiet:
        show_sums(console, [day(1, "no events"), day(2, "no events")])
    with console.capture() as skipped:
        show_sums(console, [day(1, "skipped", why="enabled: false"), day(2, "skipped", why="enabled: false")])

    assert "No events" not in skipped.get()
    assert ("2026-11-23" in shown.get(), "2026-11-24" in shown.get()) == (True, False)
    assert shown.get().endswith("\nNo events on 2 more days\n\n")
    assert quiet.get().endswith("\nNo events on 2 days\n\n")


def test_a_sum_of_nothing_is_no_trouble():
    assert (summed([]).word, summed([]).is_trouble) == ("no events", False)


def test_only_all_of_them_are_100_percent():
    assert [share(*one) for one in ((0, 0), (9_999_999, 10_000_000), (10, 10))] == ["-", "99.99 %", "100 %"]


def test_several_days_are_shown_as_pipelines_and_as_days_in_80_columns():
    console = Console(width=80, highlight=False)
    with console.capture() as shown:
        show_sums(console, FOUND)
    lines = [" ".join(line.split()) for line in shown.get().splitlines()]

    assert max(map(len, shown.get().splitlines())) <= 80
    assert "account region days verdict delivered and" in lines
    assert any(line.startswith("payments us-east-1 1 of 3 missing 90.00 % 2 of 20") for line in lines)
    assert "ledger us-east-1 3 complete 100 % 30 events" in lines
    assert "day pipelines verdict delivered and" in lines
    assert "2026-11-24 1 of 2 missing 90.00 % 2 of 20 missing; 1 twice" in lines
    assert "2026-11-25 1 of 2 not known 100 % 10 events" in lines


def test_the_document_has_the_same_sums():
    document = VerifyDocument.of(FOUND, bucket="acme", history="LookupEvents", late=1, calls=1, listings=1, notes=[])

    assert (document.total.verdict, document.total.missing, document.total.expected) == ("missing", 2, 50)
    assert [(one.day, one.missing) for one in document.by_day] == [
        ("2026-11-23", 0),
        ("2026-11-24", 2),
        ("2026-11-25", 0),
    ]
    assert [(one.account, one.delivered) for one in document.by_pipeline] == [("payments", 18), ("ledger", 30)]
    assert len(document.pipelines) == len(FOUND)
