"""The files besides the accounts file that every stack comes from."""

import ast
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Final

from orgtrail.affected.git import Repository

APP: Final = "main.py"
_PACKAGE: Final = "orgtrail"
# All of these. Of the package, only what the app imports: a command that changes builds the same stacks.
INPUTS: Final = (APP, "constructs", "cdktf.json", "requirements.txt")

Read = Callable[[str], str | None]
"""A file's text by its path, or None where there is no such file."""


def changed_code(app: Repository, base: str, head: str | None) -> tuple[str, ...]:
    """The files that every stack depends on and that differ, to the byte; `head` None: the work tree."""
    changed = app.changed(base, head, [*INPUTS, _PACKAGE])
    if not any(path.startswith(f"{_PACKAGE}/") for path in changed):
        return changed
    imported = project_imports(lambda path: _text(app, head, path))
    return tuple(path for path in changed if _counts(path, imported))


def _counts(path: str, imported: frozenset[str]) -> bool:
    in_package = path.startswith(f"{_PACKAGE}/")
    # What isn't Python is data, which anything may read.
    return not in_package or path in imported or not path.endswith(".py")


def project_imports(read: Read) -> frozenset[str]:
    """The project's modules that the app imports, and those import, wherever in a module that is said.

    Where the app imports what it did before, no module that it used to import can be missed: to import another
    one, it or a module found here must have changed.
    """
    found: set[str] = set()
    waiting = [APP]
    while waiting:
        path = waiting.pop()
        text = None if path in found else read(path)
        if text is None:
            continue
        found.add(path)
        for module in _imports(text, path):
            waiting += _files(module)
    return frozenset(found)


def _imports(text: str, path: str) -> Iterator[str]:
    """The dotted names that may be modules of the project."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                parents = PurePosixPath(path).parts[: -node.level]
                module = ".".join([*parents, *([module] if module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _files(module: str) -> Iterator[str]:
    """Where a module could be, and the packages around it, which are imported before it."""
    parts = module.split(".")
    if parts[0] not in (_PACKAGE, "constructs"):
        return
    yield "/".join(parts) + ".py"
    for length in range(1, len(parts) + 1):
        yield "/".join([*parts[:length], "__init__.py"])


def _text(app: Repository, head: str | None, path: str) -> str | None:
    if head is not None:
        raw = app.read(head, path)
    else:
        file = app.folder / path
        raw = file.read_bytes() if file.is_file() else None
    return None if raw is None else raw.decode(errors="replace")
