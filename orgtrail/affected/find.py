"""Find out what is affected between a revision and the work tree, or another revision."""

from pathlib import Path

from orgtrail.affected.changes import changes
from orgtrail.affected.code import changed_code
from orgtrail.affected.compare import NEW, everything, with_reasons
from orgtrail.affected.git import Repository, RevisionError
from orgtrail.affected.memory import no_garbage_collection
from orgtrail.affected.result import Affected, Reason
from orgtrail.affected.version import Version

APP_FOLDER = Path(__file__).resolve().parents[2]


@no_garbage_collection()
def affected(accounts: Path, base: str, head: str | None = None, *, app: Path | None = None) -> Affected:
    """What is affected at `head` (None: the work tree) as against `base`; `app`: the folder of main.py.

    Raises RevisionError where git can't tell, and InvalidSettings where what differs in the accounts file has
    faults at `head`.
    """
    repository, code = Repository.around(accounts.resolve().parent), Repository.around(app or APP_FOLDER)
    if repository.root != code.root:
        raise RevisionError(f"{accounts} is in another repository than the app: a revision can't mean both")
    base_commit = repository.commit(base)
    head_commit = None if head is None else repository.commit(head)
    now, before = version_at(accounts, head), _at_commit(repository, accounts, base, base_commit)
    result = everything(now.settings, NEW) if before is None else changes(before, now)
    changed = tuple(Reason("code", f"{path} changed", path) for path in changed_code(code, base_commit, head_commit))
    return with_reasons(result, now.settings, changed) if changed else result


def version_at(accounts: Path, revision: str | None) -> Version:
    """The accounts file as a revision has it, or the work tree (None). Raises RevisionError where it isn't there."""
    if revision is None:
        try:
            return Version(accounts, accounts.read_bytes())
        except OSError as error:
            raise RevisionError(f"{accounts} can't be read: {(error.strerror or str(error)).lower()}") from error
    repository = Repository.around(accounts.resolve().parent)
    version = _at_commit(repository, accounts, revision, repository.commit(revision))
    if version is None:
        raise RevisionError(f"{accounts} is not in revision {revision!r}")
    return version


def _at_commit(repository: Repository, accounts: Path, revision: str, commit: str) -> Version | None:
    raw = repository.read(commit, accounts.resolve().name)
    return None if raw is None else Version(Path(f"{revision}:{accounts.name}"), raw)
