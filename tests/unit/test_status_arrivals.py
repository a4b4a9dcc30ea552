"""What has arrived from a pipeline, and how few listings it takes to know."""

from datetime import UTC, date, datetime, timedelta

import pytest

from orgtrail.contents.listing import Listing
from orgtrail.firehose_prefix import evaluate
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.status.arrivals import Arrivals, Newest, Place, arrivals
from tests.builders import an_archive
from tests.listed_bucket import ListedBucket

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ACCOUNT, REGION = "333333333333", "eu-west-1"
HIVE = "account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/"
LAYOUTS = [
    DEFAULT_LAYOUT,
    HIVE,
    "{account_id}/{region}/{yyyy}/{MM}/{dd}/{HH}/",
    "security/iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/",
    "{account_id}/{region}-{yyyy}{MM}{dd}/",
    "{account_id}/{region}/{yyyy}.{MM}.{dd}-{HH}/logs/",
    "{account_id}/{yyyy}/{MM}/{dd}/{region}/",
    "{account_id}/{yyyy}/{MM}/{dd}/{region}/{HH}/",
    "{account_id}/{yyyy}/{MM}/{dd}/{HH}/{region}/",
]


def key(at, layout=DEFAULT_LAYOUT, region=REGION, account=ACCOUNT, version=1, tail="a"):
    """The key of an object that a delivery stream writes."""
    folder = evaluate(Layout(layout).prefix(account, region), at)
    return f"{folder}orgtrail-iam-events-{version}-{at:%Y-%m-%d-%H-%M-%S}-{tail}"


def daily(count, until=NOW, **where):
    """The keys of the last days, one a day."""
    return [key(until - timedelta(days=number), **where) for number in range(count)]


def looked(bucket, layout=DEFAULT_LAYOUT, known=None, former=(), moving=()):
    layouts = [Layout(one) for one in (layout, *moving)]
    place = Place(ACCOUNT, REGION, layouts, [Layout(one) for one in former])
    return arrivals(Listing(bucket, an_archive()), place, NOW, known)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_newest_object_and_the_days_are_found_in_every_layout(layout):
    others = daily(3, NOW + timedelta(minutes=5), layout=layout, region="us-east-1")
    others += daily(3, NOW + timedelta(minutes=5), layout=layout, account="333333333334")
    bucket = ListedBucket([*daily(40, NOW - timedelta(days=1), layout=layout), *others])

    found = looked(bucket, layout)

    yesterday = NOW - timedelta(days=1)
    assert found.newest == Newest(key(yesterday, layout), yesterday)
    assert found.days == {date(2026, 11, 23) - timedelta(days=number) for number in range(40)}
    assert found.foreign == ()


def test_it_takes_three_listings_to_know_a_pipeline_that_delivers():
    bucket = ListedBucket(daily(60))

    looked(bucket)

    assert len(bucket.asked) == 3


def busy(days, per_second):
    """The keys of a pipeline that writes objects all the time, until 12:00 of the last of the days."""
    for day in days:
        start = key(datetime(day.year, day.month, day.day, tzinfo=UTC)).partition("-00-00-00-a")[0]
        seconds = 43_200 if day == NOW.date() else 86_400
        for second in range(seconds):
            hour, minute = second // 3600, second // 60 % 60
            for number in range(per_second):
                yield f"{start}-{hour:02}-{minute:02}-{second % 60:02}-{number:04}"


def test_a_million_objects_below_one_prefix_take_eleven_listings():
    days = [NOW.date() - timedelta(days=number) for number in range(12)]
    bucket = ListedBucket(busy(days, per_second=1))

    found = looked(bucket)

    assert len(bucket.keys) > 990_000
    assert found.newest == Newest(bucket.keys[-1], NOW - timedelta(seconds=1))
    assert len(bucket.asked) == 11
    assert bucket.listed <= 3_000


@pytest.mark.parametrize("layout", LAYOUTS)
def test_thousands_of_objects_in_a_minute_take_a_bounded_number_of_listings(layout):
    keys = [key(NOW, layout, tail=f"{number:05}") for number in range(3000)]
    keys += [key(NOW - timedelta(seconds=number), layout) for number in range(3000)]
    bucket = ListedBucket(keys)

    found = looked(bucket, layout)

    assert found.newest
    assert found.newest.time == NOW
    assert len(bucket.asked) <= 50


def test_among_many_objects_the_newest_version_of_the_stream_is_its_number_not_its_text():
    old = [key(NOW - timedelta(hours=11, seconds=number), version=9, tail=f"{number}") for number in range(2000)]
    new = [key(NOW - timedelta(seconds=number), version=10, tail=f"{number}") for number in range(100)]

    found = looked(ListedBucket([*old, *new]))

    assert found.newest == Newest(key(NOW, version=10, tail="0"), NOW)


def test_where_nothing_ever_arrived_four_listings_say_so():
    bucket = ListedBucket(daily(3, account="333333333334"))

    found = looked(bucket)

    assert found == Arrivals(None, frozenset(), date(2026, 10, 1))
    assert len(bucket.asked) == 3


@pytest.mark.parametrize("months", [3, 12, 23])
def test_what_is_long_past_is_found(months):
    past = NOW - timedelta(days=30 * months)

    assert looked(ListedBucket([key(past)])).newest == Newest(key(past), past)


def test_what_is_older_than_two_years_is_not_looked_for():
    bucket = ListedBucket([key(NOW - timedelta(days=1000))])

    found = looked(bucket)

    assert found.newest is None
    assert found.looked_back_to == date(2024, 12, 1)
    assert len(bucket.asked) == 25


def test_a_rare_pipeline_is_looked_at_until_there_are_days_enough_for_a_rhythm():
    monthly = [NOW - timedelta(days=30 * number) for number in range(8)]

    found = looked(ListedBucket(map(key, monthly)))

    assert len(found.days) == 4


def test_foreign_objects_are_named_and_never_taken_for_arrivals():
    day = key(NOW).rpartition("/")[0]
    foreign = [f"{day}/{name}" for name in ("", "_SUCCESS", "orgtrail-iam-events-x-2026", "notes/a.txt")]
    month = day.rpartition("/")[0]
    foreign += [f"{month}/readme/x", f"{month}/99/x", f"{ACCOUNT}/{REGION}/zzz"]
    arrived = NOW - timedelta(days=1)

    found = looked(ListedBucket([key(arrived), *foreign]))

    assert found.newest == Newest(key(arrived), arrived)
    assert found.days == {date(2026, 11, 23)}
    assert f"{month}/99/" in found.foreign
    assert f"{day}/_SUCCESS" in found.foreign


def test_objects_of_the_future_are_foreign():
    future = [key(NOW + timedelta(hours=3)), key(NOW + timedelta(days=2)), key(NOW + timedelta(days=5))]

    found = looked(ListedBucket([key(NOW - timedelta(hours=2)), *future]))

    assert found.newest
    assert found.newest.time == NOW - timedelta(hours=2)
    assert found.foreign == ("333333333333/eu-west-1/2026/11/26/", "333333333333/eu-west-1/2026/11/29/", future[0])


def test_a_clock_that_is_a_little_ahead_makes_no_difference():
    ahead = NOW + timedelta(minutes=50)

    assert looked(ListedBucket([key(ahead)])).newest == Newest(key(ahead), ahead)


def test_a_former_layout_tells_what_was_before():
    before = daily(20, NOW - timedelta(days=3), layout=HIVE)

    found = looked(ListedBucket([*daily(2), *before]), former=[HIVE])

    assert len(found.days) == 22
    assert found.newest == Newest(key(NOW), NOW)


def test_a_former_layout_is_not_asked_where_the_present_one_goes_back_far_enough():
    bucket = ListedBucket(daily(60))

    looked(bucket, former=[HIVE])

    assert len(bucket.asked) == 3


def test_while_the_layout_moves_an_account_may_deliver_in_either():
    still = NOW - timedelta(hours=1)

    found = looked(ListedBucket([key(NOW - timedelta(days=9)), key(still, HIVE)]), moving=[HIVE])

    assert found.newest == Newest(key(still, HIVE), still)


class TestWhatIsKnownFromAnEarlierLook:
    def test_only_the_months_since_are_listed(self):
        known = Arrivals(Newest(key(NOW), NOW), frozenset({NOW.date(), date(2026, 9, 1)}))
        bucket = ListedBucket(daily(60))

        found = looked(bucket, known=known)

        assert len(bucket.asked) == 2
        assert date(2026, 9, 1) in found.days

    def test_after_a_long_time_every_month_since_is(self):
        then = NOW - timedelta(days=150)
        known = Arrivals(Newest(key(then), then), frozenset({then.date()}))
        since = NOW - timedelta(days=100)

        found = looked(ListedBucket([key(then), key(since)]), known=known)

        assert found.newest == Newest(key(since), since)

    def test_what_has_expired_in_the_archive_is_still_known(self):
        then = NOW - timedelta(days=20)
        known = Arrivals(Newest(key(then), then), frozenset({then.date()}))

        assert looked(ListedBucket([]), known=known).newest == known.newest

    def test_a_record_of_what_can_not_have_happened_yet_counts_as_none(self):
        ahead, then = NOW + timedelta(days=30), NOW - timedelta(days=9)
        known = Arrivals(Newest(key(ahead), ahead), frozenset({ahead.date()}))

        assert looked(ListedBucket([key(then)]), known=known).newest == Newest(key(then), then)
