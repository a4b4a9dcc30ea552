"""Which accounts of an organization `sync` chooses."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from orgtrail.onboarding.entry_names import entry_name
from orgtrail.onboarding.members import Member, Organization
from orgtrail.settings import Account, Sync
from orgtrail.settings.sync import is_unit


class Choice:
    """What the keys of `sync` say of each account of an organization."""

    def __init__(self, sync: Sync, organization: Organization) -> None:
        self._sync = sync
        self._organization = organization

    def is_excluded(self, member: Member) -> bool:
        """Whether `exclude` names it: then nothing is said of it at all."""
        return self._matches(self._sync.exclude or (), member)

    def is_entry_excluded(self, account: Account) -> bool:
        """Whether `exclude` names an entry, whether there is such an account or not."""
        texts = self._sync.exclude or ()
        return any(text == account.account_id or fnmatchcase(account.name, text) for text in texts)

    def may_be_wanted(self, member: Member) -> bool:
        """Whether it is wanted, if its tags are."""
        return not self.is_excluded(member) and (self._is_included(member) or self._is_in_scope(member))

    def is_wanted(self, member: Member, tags: Mapping[str, str]) -> bool:
        """Whether it belongs into the file."""
        if not self.may_be_wanted(member):
            return False
        fits = all(key in tags and fnmatchcase(tags[key], value) for key, value in self._sync.tags.items())
        return fits or self._is_included(member)

    def _is_included(self, member: Member) -> bool:
        return self._matches(self._sync.include or (), member)

    def _is_in_scope(self, member: Member) -> bool:
        # The roles that Organizations makes in new accounts aren't in the management account.
        if member.account_id == self._organization.management_account:
            return False
        units = self._sync.organizational_units
        return units is None or any(member.account_id in self._organization.units[unit] for unit in units)

    def _matches(self, texts: Iterable[str], member: Member) -> bool:
        names = (member.name, entry_name(self._sync.name, name=member.name, account_id=member.account_id))
        return any(
            member.account_id in self._organization.units[text]
            if is_unit(text)
            else text == member.account_id or any(fnmatchcase(name, text) for name in names)
            for text in texts
        )
