"""What a file without faults may not mean: told by `check`, and no reason to refuse it."""

from collections.abc import Iterator, Sequence

from orgtrail.events import nearly_silent
from orgtrail.names import ARCHIVE_STACK
from orgtrail.settings.resolved import Account, Archive, Settings

_NAMED = 3  # accounts of a notice that are named


def notices(settings: Settings) -> Iterator[str]:
    """The notices, a sentence each."""
    yield from _nearly_silent(settings)
    yield from _same_credentials(settings)


def _nearly_silent(settings: Settings) -> Iterator[str]:
    accounts: dict[tuple[str, ...], list[str]] = {}
    for account in settings.active:
        if account.enabled and (sources := nearly_silent(account.events)):
            accounts.setdefault(sources, []).append(account.name)
    for sources, names in accounts.items():
        yield (
            f"{_some(names)}: next to nothing of {' and '.join(sources)} arrives: nearly all of it is read-only calls "
            "(AssumeRole, for example), which need `read_only: true` in `events`"
        )


def _same_credentials(settings: Settings) -> Iterator[str]:
    """Two accounts that are reached with one and the same set of credentials: it fits one of them at most."""
    stacks: dict[str | None, dict[str, str]] = {}
    owners: list[tuple[str, Account | Archive]] = [(ARCHIVE_STACK, settings.archive)]
    owners += [(account.name, account) for account in settings.active]
    for name, owner in owners:
        if not owner.roles:
            stacks.setdefault(owner.profile, {})[name] = owner.account_id
    for profile, ids in stacks.items():
        if len(set(ids.values())) > 1:
            what = (
                "neither `role` nor `profile`" if profile is None else f"no `role`, and the same `profile` {profile!r}"
            )
            yield (
                f"{_some(list(ids))}: {what}, so all are deployed with the same credentials, which fit one account; "
                "for the others `deploy` fails"
            )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
