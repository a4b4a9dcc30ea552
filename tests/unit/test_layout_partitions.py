"""What Firehose writes is what Athena reads: both come from the layout."""

from datetime import UTC, datetime, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from orgtrail import catalog, firehose_prefix
from orgtrail.layout import Layout

ACCOUNTS = ("111111111111", "222222222222", "333333333333")
REGIONS = ("us-east-1", "us-east-2", "eu-west-1", "ap-northeast-1")
_STRFTIME = {"yyyy": "%Y", "MM": "%m", "dd": "%d"}

_names = st.text("abcxyz019=_.-", min_size=1, max_size=8)
_labels = st.one_of(st.just(""), _names.map(lambda name: name.rstrip("=") + "="))
_separators = st.sampled_from(["/", "-", "_", "."])


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Every sort of valid layout: leading folders, Hive style, days written in any way, with hours or without."""
    folders = draw(st.lists(_names, max_size=2))
    day = "{yyyy}" + draw(_separators) + "{MM}" + draw(_separators) + "{dd}"
    parts = [*folders, draw(_labels) + "{account_id}"]
    region, day = draw(_labels) + "{region}", draw(_labels) + day
    parts += [region, day] if draw(st.booleans()) else [day, region]
    if draw(st.booleans()):
        parts.append(draw(_labels) + "{HH}")
    return Layout("/".join(parts) + "/")


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[str, str, datetime]:
    """An account, a region, and when the oldest record of an object arrived there."""
    instant = draw(st.datetimes(datetime(2020, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)))
    return draw(st.sampled_from(ACCOUNTS)), draw(st.sampled_from(REGIONS)), instant


def _locations(layout: Layout, instant: datetime) -> list[tuple[dict[str, str], str]]:
    """Every partition that Athena projects around an instant, and the folder it would read for it."""
    java_format = layout.day_format
    for java, python in _STRFTIME.items():
        java_format = java_format.replace(java, python)
    days = [(instant + timedelta(days=offset)).strftime(java_format) for offset in (-1, 0, 1)]
    hours = [f"{hour:02}" for hour in range(24)] if "hour" in layout.partitions else [""]
    found = []
    for account, region, day, hour in product(ACCOUNTS, REGIONS, days, hours):
        values = {"account": account, "region": region, "day": day, "hour": hour}
        folder = layout.location_template
        for name, value in values.items():
            folder = folder.replace(f"${{{name}}}", value)
        found.append((values, folder))
    return found


@settings(max_examples=500)
@given(layouts(), arrivals())
def test_a_delivered_object_lies_in_exactly_the_one_partition_of_its_account_region_and_time(
    layout: Layout, arrival: tuple[str, str, datetime]
) -> None:
    account, region, instant = arrival
    assert Layout.problems(layout.template) == []
    key = firehose_prefix.evaluate(layout.prefix(account, region), instant) + "stream-1-2026-01-01-00-00-00-uuid"

    read_by = [values for values, folder in _locations(layout, instant) if key.startswith(folder)]

    assert len(read_by) == 1
    assert (read_by[0]["account"], read_by[0]["region"]) == (account, region)
    if "hour" in layout.partitions:
        assert read_by[0]["hour"] == f"{instant:%H}"


@settings(max_examples=500)
@given(layouts(), arrivals())
def test_an_error_object_lies_in_no_partition(layout: Layout, arrival: tuple[str, str, datetime]) -> None:
    account, region, instant = arrival
    prefix = layout.error_prefix(account, region)
    key = firehose_prefix.evaluate(prefix, instant, error_output_type="processing-failed") + "object"

    assert [folder for _values, folder in _locations(layout, instant) if key.startswith(folder)] == []


@given(layouts())
def test_the_projection_covers_every_partition_of_the_location_template(layout: Layout) -> None:
    parameters = catalog.table_parameters(
        layout, bucket="archive", account_ids=ACCOUNTS, regions=REGIONS, expire_days=None
    )

    for name in layout.partitions:
        assert f"projection.{name}.type" in parameters
        assert f"${{{name}}}" in parameters["storage.location.template"]
    assert parameters["storage.location.template"].endswith("/")
