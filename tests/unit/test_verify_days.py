"""Which days are compared: those that options name, and those of them that can be."""

from datetime import UTC, date, datetime

import pytest
import typer

from orgtrail.commands.histories import wanted
from orgtrail.errors import UserError
from orgtrail.verify.days import Wanted
from orgtrail.verify.lookups import Lookups

DAY = date(2026, 11, 24)


class TestDays:
    HISTORY = Lookups(lambda _one, _wait: None)
    TODAY = datetime(2026, 11, 27, 12, tzinfo=UTC)

    def days(self, first=None, last=None, number=0, expire_days=None):
        return Wanted(first, last, number).days(self.HISTORY, self.TODAY, expire_days)

    def test_days_from_one_to_another_are_all_of_them(self):
        assert self.days(date(2026, 11, 23), date(2026, 11, 25)).days == [date(2026, 11, day) for day in (23, 24, 25)]

    def test_the_last_days_are_those_that_are_over(self):
        assert self.days(number=2).days == [date(2026, 11, 25), date(2026, 11, 26)]

    @pytest.mark.parametrize("last", [date(2026, 11, 27), date(2026, 12, 24)])
    def test_a_day_that_is_not_over_is_refused(self, last):
        with pytest.raises(UserError, match=f"{last} isn't over: in UTC it is 2026-11-27 12:00"):
            self.days(date(2026, 11, 25), last)

    def test_a_day_that_is_too_long_ago_is_refused_with_what_goes_further(self):
        with pytest.raises(
            UserError, match="LookupEvents tells 90 days, back to 2026-08-30; --trail reads a trail's files"
        ):
            self.days(date(2026, 8, 1), DAY)

    def test_of_the_last_days_those_that_are_too_long_ago_are_left_out_and_told(self):
        found = self.days(number=100)

        assert (found.days[0], found.days[-1]) == (date(2026, 8, 30), date(2026, 11, 26))
        assert len(found.notes) == 1
        assert found.notes[0].startswith("11 days left out: 2026-08-19 is too long ago: LookupEvents tells 90 days")

    def test_days_that_the_archive_does_not_have_any_more_are_refused(self):
        text = "2026-10-27 is too long ago: archive.expire_days is 30, so the archive goes back to 2026-10-28"
        with pytest.raises(UserError, match=text):
            self.days(date(2026, 10, 27), DAY, expire_days=30)
        assert self.days(date(2026, 10, 28), DAY, expire_days=30).days[0] == date(2026, 10, 28)

    def test_of_the_last_days_one_that_is_only_just_over_is_left_out_and_told(self):
        midnight = datetime(2026, 11, 27, 0, 5, tzinfo=UTC)
        found = Wanted(number=100).days(self.HISTORY, midnight, None)

        assert (found.days[0], found.days[-1]) == (date(2026, 8, 30), date(2026, 11, 25))
        assert [note[:42] for note in found.notes] == [
            "11 days left out: 2026-08-19 is too long a",
            "1 day left out: 2026-11-26 is only just ov",
        ]

    def test_none_that_is_left_is_refused_with_the_reason_of_the_last(self):
        with pytest.raises(UserError, match="2026-11-26 is only just over"):
            Wanted(number=1).days(self.HISTORY, datetime(2026, 11, 27, 0, 5, tzinfo=UTC), None)


class TestOptions:
    @pytest.mark.parametrize(
        ("options", "otherwise", "days"),
        [
            (("2026-11-24", None, None), None, Wanted(DAY, DAY)),
            (("2026-11-24", "2026-11-26", None), 1, Wanted(DAY, date(2026, 11, 26))),
            ((None, None, 7), 1, Wanted(number=7)),
            ((None, None, None), 1, Wanted(number=1)),
            (("2016-11-24", "2026-12-01", None), None, Wanted(date(2016, 11, 24), date(2026, 12, 1))),
        ],
    )
    def test_name_days(self, options, otherwise, days):
        found = wanted(*options, otherwise=otherwise)

        assert (found.first, found.last) == (days.first, days.last)
        assert found.first or found.number == days.number

    @pytest.mark.parametrize(
        ("options", "problem"),
        [
            ((None, None, None), "which days? Give --day, --day and --to, or --days"),
            ((None, "2026-11-24", None), "it needs --day, the first day"),
            (("2026-11-24", None, 7), "--day and --days exclude each other: give one of them"),
            ((None, "2026-11-24", 7), "--to and --days exclude each other: give one of them"),
            (("2026-11-24", "2026-11-23", None), "2026-11-23 is before 2026-11-24"),
            (("2016-01-01", "2026-12-01", None), "2016-01-01 to 2026-12-01 are more than 3,660 days"),
            (("31.2.", None, None), "'31.2.' is no day; it is written 2026-11-27, or yesterday"),
            (("2026-02-31", None, None), "'2026-02-31' is no day; it is written 2026-11-27, or yesterday"),
            (("2026-11-24", "soon", None), "'soon' is no day; it is written 2026-11-27, or yesterday"),
        ],
    )
    def test_that_name_none_are_refused(self, options, problem):
        with pytest.raises(typer.BadParameter) as refused:
            wanted(*options)

        assert refused.value.message == problem
