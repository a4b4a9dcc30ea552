"""What to do when Terraform has changed something and could not write the state that says so."""

import shlex
from pathlib import Path

from orgtrail.terraform.failure import ERRORED_STATE


def explained(text: str, folder: Path) -> str:
    """Terraform's message, with where the state is and how it gets to its backend."""
    push = shlex.join(["terraform", f"-chdir={folder}", "state", "push", ERRORED_STATE])
    return (
        f"resources were changed, and the state that says so could not be written: it is in {folder / ERRORED_STATE}.\n"
        "Until it is in its backend, a deploy of this stack would make everything again. Once the backend answers: "
        f"{push}\n{text}"
    )
