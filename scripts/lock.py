"""Write locks/: what pip may install, with the hashes of its files. `make lock`.

One file for every system and Python. None names an index, so each machine asks its own.
"""

import subprocess
import sys
from typing import Final

from orgtrail.console.errors import exit_in_words
from orgtrail.paths import REPOSITORY
from scripts.tool import tool

LOCKED: Final = ("requirements.txt", "requirements-dev.txt", "requirements-sbom.txt", "requirements-scan.txt")
# The oldest that all of the scanner's packages take.
OLDEST_PYTHON: Final = ("--python-version", "3.11.5")


def main() -> int:
    """Lock the versions that the requirements files pin; 1 after an error that uv has told."""
    with exit_in_words():
        command = [str(tool("uv", "uv")), "pip", "compile", "--universal", *OLDEST_PYTHON]
    command += ["--generate-hashes", "--no-annotate", "--quiet", "--custom-compile-command", "make lock"]
    return max(
        subprocess.run([*command, name, "--output-file", f"locks/{name}"], cwd=REPOSITORY, check=False).returncode
        for name in LOCKED
    )


if __name__ == "__main__":
    sys.exit(main())
