"""The files, apart from the accounts file, from which every stack is made."""

from typing import Final

from orgtrail.affected.git import Repository
from orgtrail.terraform.app_code import INPUTS, project_imports

_PACKAGE: Final = "orgtrail"


def changed_code(app: Repository, base: str, head: str | None) -> tuple[str, ...]:
    """The files that every stack depends on and that differ, to the byte; `head` None: the work tree."""
    changed = app.changed(base, head, [*INPUTS, _PACKAGE])
    if not any(path.startswith(f"{_PACKAGE}/") for path in changed):
        return changed
    imported = project_imports(lambda path: _text(app, head, path))
    return tuple(path for path in changed if _counts(path, imported))


def _counts(path: str, imported: frozenset[str]) -> bool:
    in_package = path.startswith(f"{_PACKAGE}/")
    # Files that aren't Python are data, which any module may read.
    return not in_package or path in imported or not path.endswith(".py")


def _text(app: Repository, head: str | None, path: str) -> str | None:
    if head is not None:
        raw = app.read(head, path)
    else:
        file = app.folder / path
        raw = file.read_bytes() if file.is_file() else None
    return None if raw is None else raw.decode(errors="replace")
