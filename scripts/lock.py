"""Write locks/: what pip may install, with the hashes of its files. `make lock`.

One file for every system and Python. None names an index, so each machine asks its own.
"""

import subprocess
import sys
from typing import Final

from orgtrail.paths import REPOSITORY

LOCKED: Final = ("requirements.txt", "requirements-dev.txt", "requirements-scan.txt")
_ENVIRONMENT: Final = REPOSITORY / ".orgtrail" / "lock-venv"


def main() -> int:
    """Lock the versions that the requirements files pin; 1 after an error that uv has told."""
    prepare = [sys.executable, str(REPOSITORY / "scripts" / "prepare.py")]
    options = ["--environment", str(_ENVIRONMENT), "--requirements", str(REPOSITORY / "locks" / "uv.txt")]
    if subprocess.run([*prepare, *options], check=False).returncode:
        return 1
    # 3.11.5: the oldest that all of the scanner's packages take.
    command = [str(_ENVIRONMENT / "bin" / "uv"), "pip", "compile", "--universal", "--python-version", "3.11.5"]
    command += ["--generate-hashes", "--no-annotate", "--quiet", "--custom-compile-command", "make lock"]
    return max(
        subprocess.run([*command, name, "--output-file", f"locks/{name}"], cwd=REPOSITORY, check=False).returncode
        for name in LOCKED
    )


if __name__ == "__main__":
    sys.exit(main())
