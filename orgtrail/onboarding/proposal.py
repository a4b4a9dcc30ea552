"""What of accounts.yaml is behind AWS Organizations, account by account."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from orgtrail.onboarding.choice import Choice
from orgtrail.onboarding.edit import Value
from orgtrail.onboarding.entry_names import entry_name, free_name, is_named, taken_names
from orgtrail.onboarding.members import Member, Organization
from orgtrail.selectors import BadSelector, parse
from orgtrail.settings import Account, Settings, Status, Sync
from orgtrail.settings.tags import tag_problems

Kind: TypeAlias = Literal["joined", "renamed", "marked", "tagged", "left", "kept"]

# What is being closed or is closed can't be entered any more; `Status` knows no difference.
_MARKS: Mapping[str, Status] = {
    "ACTIVE": "active",
    "SUSPENDED": "suspended",
    "PENDING_CLOSURE": "closed",
    "CLOSED": "closed",
}


@dataclass(frozen=True)
class Change:
    """One way in which the file is behind; `name` is that of the entry, as it is or will be.

    `left` has no edit, as an account that is gone may still have events and resources; neither has `kept`, a name or
    a tag that isn't taken over.
    """

    kind: Kind
    account_id: str
    name: str
    text: str


@dataclass(frozen=True)
class Proposal:
    """The edit of the file: values of entries and new entries, and what they are about.

    `untouched` counts the entries that `sync` doesn't choose; `unlisted`, the active accounts that it doesn't.
    """

    changes: tuple[Change, ...]
    values: tuple[Value, ...]
    entries: tuple[Mapping[str, Any], ...]
    untouched: int
    unlisted: int

    @property
    def is_behind(self) -> bool:
        """Whether the file is behind: there is something to edit, or an account that has left."""
        return any(change.kind != "kept" for change in self.changes)


def propose(settings: Settings, organization: Organization, tags: Mapping[str, Mapping[str, str]]) -> Proposal:
    """The proposal for a file; `tags` are those of the accounts in Organizations, by id, as far as they matter."""
    return _Proposer(settings, organization, tags).proposal()


class _Proposer:
    def __init__(self, settings: Settings, organization: Organization, tags: Mapping[str, Mapping[str, str]]) -> None:
        self._settings = settings
        self._sync: Sync = settings.sync
        self._members = {member.account_id: member for member in organization.members}
        self._choice = Choice(settings.sync, organization)
        self._tags = tags
        self._taken = taken_names(settings)
        self._in_waves = frozenset(_named_in_waves(settings))
        self._changes: list[Change] = []
        self._values: list[Value] = []
        self._entries: list[Mapping[str, Any]] = []

    def proposal(self) -> Proposal:
        untouched = 0
        for index, account in enumerate(self._settings.accounts):
            member = self._members.get(account.account_id)
            is_excluded = self._choice.is_entry_excluded(account)
            # An account that was never in the organization may be listed as well; then it is excluded.
            if member is None and not is_excluded:
                text = "isn't there any more; its entry stays"
                self._tell("left", account.account_id, account.name, text)
            elif member and (is_excluded or self._choice.is_excluded(member)):
                untouched += 1
            elif member:
                self._compare(index, account, member)
        listed = {account.account_id for account in self._settings.accounts}
        new = [member for member in self._members.values() if member.account_id not in listed]
        active = [member for member in new if member.state == "ACTIVE"]
        joining = [one for one in active if self._choice.is_wanted(one, self._tags.get(one.account_id, {}))]
        for member in sorted(joining, key=lambda one: one.account_id):
            self._join(member)
        changes, values, entries = tuple(self._changes), tuple(self._values), tuple(self._entries)
        return Proposal(changes, values, entries, untouched, len(active) - len(joining))

    def _tell(self, kind: Kind, account_id: str, name: str, text: str) -> None:
        self._changes.append(Change(kind, account_id, name, text))

    def _compare(self, index: int, account: Account, member: Member) -> None:
        status = _MARKS.get(member.state, account.status)
        vague = not member.exact and "active" not in (status, account.status)
        if status != account.status and not vague:
            self._values.append(Value(index, "status", status))
            text = f"{account.status} → {status} ({member.state})"
            self._tell("marked", account.account_id, account.name, text)
        if status == "active":
            self._tag(index, account, self._renamed(index, account, member))

    def _renamed(self, index: int, account: Account, member: Member) -> str:
        """The name of an entry, which may become another one."""
        wanted = entry_name(self._sync.name, name=member.name, account_id=member.account_id)
        if is_named(account.name, wanted, account.account_id):
            return account.name
        name = free_name(wanted, account.account_id, self._taken)
        why = f"rollout.waves names {account.name}: write its id there" if account.name in self._in_waves else ""
        if why or not self._sync.rename:
            text = f"is {name} in AWS now; its name stays" + (f", as {why}" if why else "")
            self._tell("kept", account.account_id, account.name, text)
            return account.name
        # The former name stays taken: until its state is moved, another account of that name would find it.
        self._taken.add(name.lower())
        self._values.append(Value(index, "name", name))
        self._tell("renamed", account.account_id, name, f"was {account.name}")
        return name

    def _tag(self, index: int, account: Account, name: str) -> None:
        now = self._copied(account.account_id, name)
        behind = {key: value for key, value in now.items() if account.tags.get(key) != value}
        if behind:
            self._values.append(Value(index, "tags", behind))
            written = ", ".join(f"{key}={value}" for key, value in behind.items())
            self._tell("tagged", account.account_id, name, written)

    def _join(self, member: Member) -> None:
        wanted = entry_name(self._sync.name, name=member.name, account_id=member.account_id)
        name = free_name(wanted, member.account_id, self._taken)
        self._taken.add(name.lower())
        tags = self._copied(member.account_id, name)
        self._entries.append({"account_id": member.account_id, "name": name} | ({"tags": tags} if tags else {}))
        self._tell("joined", member.account_id, name, f"called {member.name}")

    def _copied(self, account_id: str, name: str) -> dict[str, str]:
        tags, copied = self._tags.get(account_id, {}), dict[str, str]()
        for key in self._sync.copy_tags or ():
            # Organizations takes values that other services refuse.
            if wrong := key in tags and tag_problems(key, tags[key]):
                self._tell("kept", account_id, name, f"tag {key} {wrong[0].problem}, so it isn't taken over")
            elif key in tags:
                copied[key] = tags[key]
        return copied


def _named_in_waves(settings: Settings) -> Iterator[str]:
    for text in (text for wave in settings.rollout.waves for text in wave.selectors):
        try:
            selector = parse(text)
        except BadSelector:
            continue
        if selector.kind == "name" and not selector.is_glob:
            yield selector.value


def whose_tags(settings: Settings, organization: Organization) -> Sequence[str]:
    """The ids of the accounts whose tags matter: none, unless `sync` asks for tags."""
    if not settings.sync.tags and not settings.sync.copy_tags:
        return ()
    choice = Choice(settings.sync, organization)
    return [one.account_id for one in organization.members if one.state == "ACTIVE" and choice.may_be_wanted(one)]
