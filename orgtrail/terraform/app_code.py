"""The code that every stack is synthesized from."""

import ast
import hashlib
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Final

from orgtrail.paths import REPOSITORY

_APP: Final = "main.py"
_PACKAGE: Final = "orgtrail"
# All of these; from the package only what the app imports, because commands don't change stacks.
INPUTS: Final = (_APP, "constructs", "cdktf.json", "requirements.txt", "requirements-cdktn.txt")

Read = Callable[[str], str | None]
"""A file's text by its path, or None where there is no such file."""


def inputs_digest(accounts: Path, app: Path = REPOSITORY) -> str:
    """A digest of all that synthesis depends on: the accounts file, and the code that turns it into stacks."""
    digest = hashlib.sha256()
    for file in (accounts, *sorted(_code(app))):
        # With its length, so that no byte moves from one file into the next.
        content = file.read_bytes()
        digest.update(f"{file} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _code(app: Path) -> Iterator[Path]:
    """The files that the app consists of, with those that say which packages it runs with."""
    yield from (app / path for path in project_imports(lambda path: _read(app, path)))
    # Files that aren't Python are data, which any module may read.
    data = (file for file in (app / _PACKAGE).rglob("*") if file.suffix not in (".py", ".pyc"))
    named = (app / name for name in (*INPUTS, "package-lock.json"))
    yield from (file for file in chain(data, named) if file.is_file() and file.name != _APP)


def _read(app: Path, path: str) -> str | None:
    file = app / path
    return file.read_text(encoding="utf-8") if file.is_file() else None


def project_imports(read: Read) -> frozenset[str]:
    """The project's modules that the app imports, and those import, wherever in a module that is said.

    Where the app imports what it did before, no module that it used to import can be missed: to import another
    one, it or a module found here must have changed.
    """
    found: set[str] = set()
    waiting = [_APP]
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
