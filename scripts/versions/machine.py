"""Which versions of Python, Node.js and Terraform this machine has, and which it can get from npm and PyPI."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

OLDEST_PYTHON = (3, 11)
# Node.js publishes an even number each year as a line with long support; npm has each as a package.
NODE_LINES = (20, 22, 24)

_PYTHON = re.compile(r"python3\.\d+")
_NUMBER = re.compile(r"\d+\.\d+\.\d+")
# Where the usual managers of versions keep theirs, below the home folder or the folder that a variable names.
_PYTHONS_OF_MANAGERS = (
    ("PYENV_ROOT", ".pyenv", "versions/*/bin"),
    ("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python", "*/bin"),
)
_NODES_OF_MANAGERS = (("NVM_DIR", ".nvm", "versions/node/*/bin"),)
_TERRAFORMS_OF_MANAGERS = (("TFENV_CONFIG_DIR", ".tfenv", "versions/*"),)

Managers = Iterable[tuple[str, str, str]]


@dataclass(frozen=True)
class Program:
    """A program of this machine: `version` as it says itself, such as `3.12.1`; `origin`: how it came here."""

    version: str
    path: Path
    origin: str = "found"

    @property
    def number(self) -> tuple[int, ...]:
        """The version, to compare."""
        return tuple(int(part) for part in self.version.split("."))


def pythons(environ: Mapping[str, str] = os.environ) -> list[Program]:
    """The newest of each minor version that Orgtrail takes."""
    files = (
        file
        for folder in _folders(environ, _PYTHONS_OF_MANAGERS)
        for file in sorted(folder.glob("python3.*"))
        if _PYTHON.fullmatch(file.name)
    )
    found = [program for program in _programs(files, "--version") if program.number >= OLDEST_PYTHON]
    return _newest(found, parts=2)


def nodes(environ: Mapping[str, str] = os.environ) -> list[Program]:
    """The newest of each line of Node.js that is here."""
    files = (folder / "node" for folder in _folders(environ, _NODES_OF_MANAGERS))
    return _newest([node for node in _programs(files, "--version") if node.number >= (NODE_LINES[0],)], parts=1)


def terraforms(environ: Mapping[str, str] = os.environ) -> list[Program]:
    """The newest of each minor version of Terraform, and OpenTofu, that is here."""
    found = []
    for name in ("terraform", "tofu"):
        files = (folder / name for folder in _folders(environ, _TERRAFORMS_OF_MANAGERS))
        found += _newest(_programs(files, "version"), parts=2)
    return found


def _folders(environ: Mapping[str, str], managers: Managers) -> Iterator[Path]:
    """The folders of PATH, then those of the managers."""
    yield from (Path(folder) for folder in environ.get("PATH", "").split(os.pathsep) if folder)
    for variable, folder, below in managers:
        root = Path(environ.get(variable) or Path(environ.get("HOME") or Path.home(), folder))
        yield from sorted(root.glob(below))


def _programs(files: Iterable[Path], *ask: str) -> list[Program]:
    """Those files that are there and can say their version; a manager's stand-in for one that isn't there can't."""
    found = []
    for file in files:
        if not os.access(file, os.X_OK):
            continue
        try:
            done = subprocess.run([file, *ask], capture_output=True, text=True, timeout=60, check=True)
        except (OSError, subprocess.SubprocessError):
            continue
        if version := _NUMBER.search(done.stdout):
            found.append(Program(version.group(), file))
    return found


def _newest(programs: Iterable[Program], parts: int) -> list[Program]:
    """The newest of those whose versions begin with the same `parts` numbers; the first of two that are alike."""
    newest: dict[tuple[int, ...], Program] = {}
    for program in programs:
        line = program.number[:parts]
        if line not in newest or program.number > newest[line].number:
            newest[line] = program
    return [newest[line] for line in sorted(newest)]
