"""Programs whose packages don't go with this clone's: each in a virtual environment of its own."""

import subprocess
import sys
from pathlib import Path

from orgtrail.errors import UserError
from orgtrail.paths import REPOSITORY


def tool(program: str, lock: str) -> Path:
    """A program that a file of locks/ installs, after installing it where that is needed. Raises UserError."""
    environment = REPOSITORY / ".orgtrail" / f"{lock.removeprefix('requirements-')}-venv"
    prepare = [sys.executable, str(REPOSITORY / "scripts" / "prepare.py"), "--environment", str(environment)]
    requirements = REPOSITORY / "locks" / f"{lock}.txt"
    if subprocess.run([*prepare, "--requirements", str(requirements)], check=False).returncode:
        raise UserError(f"{program} isn't installed")
    return environment / "bin" / program
