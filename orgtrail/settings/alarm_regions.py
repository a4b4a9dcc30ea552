"""That alarms fit the regions of their account: CloudWatch tells only topics in the alarm's own region."""

from collections.abc import Iterator, Sequence

from orgtrail.regions import iam_region
from orgtrail.settings.account import AccountEntry, Defaults, regions_in
from orgtrail.settings.alarms import merged_alarms
from orgtrail.settings.diagnostics import Diagnostic, Key
from orgtrail.settings.section import Part
from orgtrail.words import some

_REGIONS_NAMED = 3


def alarms_fit_their_regions(
    accounts: Sequence[Part[AccountEntry]], defaults: Part[Defaults], partition: str | None
) -> Iterator[Diagnostic]:
    """Each account with alarms has a topic in the region of each of its pipelines; silence is watched somewhere.

    PutMetricAlarm refuses a topic of another region, and takes one of another account.
    """
    if partition is None or defaults.broken & {"alarms", "regions"}:
        return
    out_of_reach: dict[tuple[Key, str], dict[str, None]] = {}
    for account in accounts:
        if account.broken & {"alarms", "regions"}:
            continue
        own = account.has("alarms")
        section = merged_alarms(account.entry.alarms, own, defaults.entry.alarms)
        if section is None:
            continue
        if section.topic is None:
            key = (*(account if own else defaults).key, "alarms")
            yield Diagnostic("has no topic, here or in defaults.alarms", "topic: the ARN of an SNS topic", key=key)
            continue
        has_topic = own and account.entry.alarms is not None and "topic" in account.entry.alarms.model_fields_set
        key, written = (*(account if has_topic else defaults).key, "alarms", "topic"), section.topic.split(":")[3]
        regions = regions_in((account if account.has("regions") else defaults).entry.regions, partition)
        if own and account.entry.alarms and account.entry.alarms.silent_hours and iam_region(partition) not in regions:
            yield _watches_nothing(iam_region(partition), (*account.key, "alarms", "silent_hours"))
        if others := [one for one in regions if written not in ("{region}", one)]:
            out_of_reach.setdefault((key, section.topic), {}).update(dict.fromkeys(others))
    for (key, topic), missed in out_of_reach.items():
        yield _out_of_reach(topic, list(missed), key)


def _watches_nothing(region: str, key: Key) -> Diagnostic:
    text = f"needs a pipeline in {region}, the one region in which silence is watched"
    return Diagnostic(text, f"{region} among the account's regions, or no silent_hours", key=key)


def _out_of_reach(topic: str, regions: Sequence[str], key: Key) -> Diagnostic:
    parts = topic.split(":")
    in_each = ":".join([*parts[:3], "{region}", *parts[4:]])
    text = f"is in {parts[3]}, and so out of reach for alarms in {some(regions, _REGIONS_NAMED)}"
    return Diagnostic(text, f"a topic in each region: {in_each}", key=key)
