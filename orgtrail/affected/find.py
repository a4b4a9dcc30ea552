"""Find out what is affected between a revision and the work tree, or another revision."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from orgtrail.affected.code import changed_code
from orgtrail.affected.compare import NEW, compare, everything, with_reasons
from orgtrail.affected.git import Repository, RevisionError
from orgtrail.affected.result import Affected, Reason
from orgtrail.paths import REPOSITORY
from orgtrail.settings import InvalidSettings, Settings, load
from orgtrail.weaker.settings import weaker_settings


def affected(
    accounts: Path, base: str, head: str | None = None, *, now: Settings | None = None, app: Path | None = None
) -> Affected:
    """What is affected at `head` (None: the work tree) as against `base`; `app`: the folder of main.py.

    `now`: the settings at `head`, where they have been read already.

    A `base` with faults says nothing about what it stood for, so all may have changed. Raises RevisionError where git
    can't tell, and InvalidSettings where the accounts file has faults at `head`.
    """
    repository, code = Repository.around(accounts.resolve().parent), Repository.around(app or REPOSITORY)
    if repository.root != code.root:
        raise RevisionError(f"{accounts} is in another repository than the app: a revision can't mean both")
    base_commit = repository.commit(base)
    head_commit = None if head is None else repository.commit(head)
    now = now or settings_at(accounts, head)
    raw = repository.read(base_commit, accounts.resolve().name)
    result = everything(now, NEW) if raw is None else _changes(_named(base, accounts), raw, now)
    changed = tuple(Reason("code", f"{path} changed", path) for path in changed_code(code, base_commit, head_commit))
    return with_reasons(result, now, changed) if changed else result


def settings_at(accounts: Path, revision: str | None) -> Settings:
    """The settings as a revision has them, or the work tree (None).

    Raises RevisionError where the file isn't there, and InvalidSettings.
    """
    if revision is None:
        return load(accounts)
    repository = Repository.around(accounts.resolve().parent)
    raw = repository.read(repository.commit(revision), accounts.resolve().name)
    if raw is None:
        raise RevisionError(f"{accounts} is not in revision {revision!r}")
    return _of_revision(_named(revision, accounts), raw)


@lru_cache(maxsize=1)
def _of_revision(named: Path, raw: bytes) -> Settings:
    """The settings in a revision's file. A command asks for them more than once: thousands of accounts take a while."""
    return load(named, raw)


def _changes(base: Path, raw: bytes, head: Settings) -> Affected:
    try:
        before = _of_revision(base, raw)
    except InvalidSettings as invalid:
        fault = str(invalid.diagnostics[0]).splitlines()[0]
        return with_reasons(Affected(weaker=None), head, (Reason("unknown", f"can't be compared: {fault}"),))
    return replace(compare(before, head), weaker=weaker_settings(before, head))


def _named(revision: str, accounts: Path) -> Path:
    """The name under which faults of a revision's file are reported."""
    return Path(f"{revision}:{accounts.name}")
