"""Warnings of `check`: what a file without faults may not mean. No reason to refuse it."""

import json
from collections.abc import Iterator

from orgtrail.events import nearly_silent
from orgtrail.names import ARCHIVE_STACK
from orgtrail.settings.account import Account
from orgtrail.settings.accounts_file import Settings
from orgtrail.settings.archive import Archive
from orgtrail.settings.archive_moves import MANAGED_KEY
from orgtrail.words import some

_NAMED = 3  # accounts of a notice that are named


def notices(settings: Settings) -> Iterator[str]:
    """The notices, a sentence each."""
    yield from _nearly_silent(settings)
    yield from _same_credentials(settings)
    yield from _open_move(settings)
    yield from _unread_by_athena(settings.archive)


def _nearly_silent(settings: Settings) -> Iterator[str]:
    accounts: dict[tuple[str, ...], list[str]] = {}
    for account in settings.active:
        if account.enabled and (sources := nearly_silent(account.events)):
            accounts.setdefault(sources, []).append(account.name)
    for sources, names in accounts.items():
        yield (
            f"{some(names, _NAMED)}: next to nothing of {' and '.join(sources)} arrives: nearly all of it is read-only "
            "calls (AssumeRole, for example), which need `include_read_only: true` in `events`"
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
                f"{some(list(ids), _NAMED)}: {what}, so all are deployed with the same credentials, which fit one "
                "account; for the others `deploy` fails"
            )


def _open_move(settings: Settings) -> Iterator[str]:
    """The steps of a change of layout or key, of which the file has begun the first."""
    archive = settings.archive
    layout, key = archive.moving_from.layout, archive.moving_from.kms_key
    now, then = [], []
    if layout:
        now.append(f"each account then writes layout {archive.layout.template}")
        then.append(f"layouts: {json.dumps([one.template for one in archive.former_layouts])}")
    if key:
        now.append(f"the bucket goes on encrypting with kms_key {key} until step 2")
    if MANAGED_KEY in (key, archive.former.kms_key) and not archive.manages_key:
        then.append(f"kms_key: {MANAGED_KEY}")
    if not now:
        return
    yield (
        "archive.moving_from, step 1 of 2: deploy all accounts. The archive comes first and admits the old way and the "
        f"new one; {', and '.join(now)}"
    )
    former = f", write {', '.join(then)} into archive.former" if then else ""
    yield (
        f"archive.moving_from, step 2 of 2: once all are deployed, take moving_from out{former}, and deploy all "
        "accounts again. The old way is refused from then on"
        + (
            f": to {some([one.name for one in settings.skipped], _NAMED)} too, if they still deliver"
            if settings.skipped
            else ""
        )
    )


def _unread_by_athena(archive: Archive) -> Iterator[str]:
    # https://docs.aws.amazon.com/athena/latest/ug/other-notable-limitations.html
    cold = next((one for one in archive.transitions if one.storage_class in ("GLACIER", "DEEP_ARCHIVE")), None)
    if archive.catalog and cold:
        yield (
            f"archive.transitions: after {cold.days} days objects move to {cold.storage_class}, of which Athena reads "
            "nothing: queries don't find what is older, and don't say so"
        )
