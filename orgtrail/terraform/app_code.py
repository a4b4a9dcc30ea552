"""The code that every stack is synthesized from."""

import ast
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from orgtrail.paths import REPOSITORY

_APP: Final = "main.py"
_PACKAGE: Final = "orgtrail"
# All of these; from the package only what the app imports, because commands don't change stacks.
INPUTS: Final = (_APP, "constructs", "cdktf.json", "requirements.txt")

Read = Callable[[str], str | None]
"""A file's text by its path, or None where there is no such file."""


def inputs_digest(accounts: Path) -> str:
    """A digest of all that synthesis depends on: the accounts file, and the code that turns it into stacks."""
    modules = project_imports(_read)
    files = [accounts, *(REPOSITORY / name for name in sorted({*modules, "cdktf.json", "requirements.txt"}))]
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _read(path: str) -> str | None:
    file = REPOSITORY / path
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
