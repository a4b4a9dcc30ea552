"""What the roles look at of the topics that alarms tell: each of those that the role's account is asked about."""

from collections.abc import Iterable, Iterator, Sequence

from orgtrail.policies import Kind, Place
from orgtrail.policies.alarm_kinds import alarm_topics
from orgtrail.settings import Account, Settings

_OWN = "{account_id}"


def topic_kinds_of_accounts(place: Place, accounts: Sequence[Account], settings: Settings) -> list[Kind]:
    """What the roles of these accounts look at: the topics that they tell, and those of theirs that others tell.

    The archive's are left out: its own role is asked about them.
    """
    owners = {one.account_id for one in accounts}
    others = ((owner, name) for owner, name in _topics(settings.active) if owner in owners)
    found = {topic for topic in (*_topics(accounts), *others) if topic[0] != settings.archive.account_id}
    # The role of an account is for all accounts, so it is for those that own the topics of others.
    members = {_OWN, *(one.account_id for one in settings.active)}
    return alarm_topics(place, _arns(place, found), keys=any(owner in members for owner, _ in found))


def topic_kinds_of_archive(settings: Settings) -> list[Kind]:
    """What the archive's role looks at: the topics in its account that others' alarms tell, in any region."""
    place = Place(settings.partition, settings.archive.account_id)
    found = {(owner, name) for owner, name in _topics(settings.active) if owner == place.account_id}
    return alarm_topics(place, _arns(Place(settings.partition), found), keys=True)


def _topics(accounts: Iterable[Account]) -> Iterator[tuple[str, str]]:
    """Owner and name of each topic, with placeholders; also where an account's entry writes its own id."""
    for account in accounts:
        if account.alarms:
            owner, name = account.alarms.topic.split(":")[4:]
            yield _OWN if owner == account.account_id else owner, name


def _arns(place: Place, topics: Iterable[tuple[str, str]]) -> list[str]:
    patterns = (f"arn:{place.partition}:sns:*:{owner}:{name}" for owner, name in sorted(topics))
    return [one.format(partition=place.partition, region="*", account_id=place.account_id) for one in patterns]
