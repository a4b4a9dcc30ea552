"""What a held state lock means, and how to get past it; nothing is ever released without being told to."""

import getpass
import json
import re
import socket
from pathlib import Path
from typing import Any

import psutil

_FIELD = re.compile(r"^\s*(ID|Who|Created):\s+(.+?)\s*$", re.MULTILINE)


def explained(text: str, folder: Path) -> str:
    """Terraform's message about a lock, with who holds it, whether it is stale, and how it is released."""
    fields = dict(_FIELD.findall(text))
    if "ID" not in fields:
        return text
    who, lock_id = fields.get("Who", "somebody"), fields["ID"]
    release = f"terraform -chdir={folder} force-unlock {lock_id}"
    if who == _ourselves() and not _at_work(folder):
        state = "no Terraform works on this stack here any more, so the lock is stale: a killed run has left it"
    else:
        state = "wait for that run, or see that it is dead"
    return (
        f"the state is locked since {fields.get('Created', 'some time')} by {who}; {state}.\n"
        f"To release it, once nothing works on the stack: {release}"
    )


def _ourselves() -> str | None:
    """As Terraform writes it into a lock; None where this user has no name."""
    try:
        return f"{getpass.getuser()}@{socket.gethostname()}"
    except (KeyError, OSError):
        return None


def _at_work(folder: Path) -> bool:
    """Whether anything of this machine works on the state of the stack in a folder, from whichever folder.

    Terraform itself goes by many names.
    """
    state = _backend(folder)
    for process in psutil.process_iter():
        try:
            if _backend(Path(process.cwd())) == state:
                return True
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return False


def _backend(folder: Path) -> Any:
    """Where the stack in a folder keeps its state; None for a folder without a stack."""
    try:
        return json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))["terraform"]["backend"]
    except (OSError, ValueError, KeyError):
        return None
