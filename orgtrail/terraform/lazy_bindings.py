"""Loads only the modules of the AWS bindings that are used: in Python, and in the Node process that jsii starts.

The bindings load all 2,212 of their modules, twice: 9 seconds in Python, 3 in Node. The installed packages stay as they
are; this process and its Node child load less of them. The Node child also keeps no stack trace of every value that the
library makes. Successors of these bindings load lazily by themselves; then this can go.

This isn't beside constructs/bindings.py because an import of anything of constructs/ starts Node.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from pathlib import Path

_PRELOADED = Path(__file__).with_suffix(".cjs")
_VARIABLE = "NODE_OPTIONS"


@contextmanager
def lazy_bindings() -> Iterator[None]:
    """The Node process that the first import of cdktf or constructs/ starts loads only the modules that are used.

    What the user has in NODE_OPTIONS stays, and the variable is as before when this ends. Without effect where Node
    runs already.
    """
    before = os.environ.get(_VARIABLE)
    preload = f"--require {_quoted(_PRELOADED)}"
    os.environ[_VARIABLE] = f"{before} {preload}" if before else preload
    try:
        yield
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before


def enter_package_unexecuted(package: str) -> None:
    """Enter the bindings' package in `sys.modules`, with no more than the path where its modules are found.

    Its own `__init__` would import every module. Raises ModuleNotFoundError where the package isn't installed.
    """
    spec = find_spec(package)
    if spec is None:
        raise ModuleNotFoundError(f"{package} is missing: pip install -r requirements.txt", name=package)
    sys.modules.setdefault(package, module_from_spec(spec))


def _quoted(path: Path) -> str:
    """A path as NODE_OPTIONS takes it: blanks separate options there, except between double quotes.

    https://nodejs.org/api/cli.html#node_optionsoptions
    """
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
