"""What a held state lock means, and how to release it. Orgtrail never releases a lock itself."""

import getpass
import json
import re
import shlex
import socket
import uuid
from pathlib import Path
from typing import Any

import psutil

from orgtrail.escape import line

_FIELD = re.compile(r"^\s*(ID|Who|Created):[ \t]+(.+?)\s*$", re.MULTILINE)


def explained(text: str, folder: Path) -> str:
    """Terraform's message about a lock, with who holds it, whether it is stale, and how it is released.

    Anyone who may write beside a state controls the text of its lock, so none of it gets into a command unchecked.
    """
    fields = _fields(text)
    lock_id = fields.get("ID", "")
    if not _is_uuid(lock_id):
        return _not_terraforms(text, folder)
    who = fields.get("Who", "somebody")
    release = shlex.join(["terraform", f"-chdir={folder}", "force-unlock", lock_id])
    if who == _ourselves() and not _at_work(folder):
        state = (
            "no Terraform works on this stack here any more, so the lock is stale: "
            "the Terraform that took it was killed, or couldn't release it"
        )
    else:
        state = "wait for that run, or see that it is dead"
    return (
        f"the state is locked since {fields.get('Created', 'some time')} by {who}; {state}.\n"
        f"To release it, once nothing works on the stack: {release}"
    )


def id_of(text: str) -> str | None:
    """The id of the lock in Terraform's message; None for a lock that Terraform didn't write."""
    return _fields(text).get("ID")


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in _FIELD.findall(text):
        # The first of each: a value with line breaks could bring along others.
        fields.setdefault(name, line(value))
    return fields


def _is_uuid(text: str) -> bool:
    """As Terraform makes the id of every lock."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _not_terraforms(text: str, folder: Path) -> str:
    """About a lock that Terraform can't have written, which `force-unlock` can't release either."""
    said = "the state is locked by something that Terraform did not write: "
    match _backend(folder):
        case {"s3": {"bucket": str(bucket), "key": str(key), "allowed_account_ids": [str(account)]}}:
            lock = f"s3://{bucket}/{key}.tflock"
            return (
                f"{said}{line(lock)}. See what it holds, and who may write there. To remove it, once nothing works on "
                f"the stack, as account {account}: {shlex.join(['aws', 's3', 'rm', lock])}\n{text}"
            )
        case _:
            return f"{said}remove it where the states are kept, once nothing works on the stack.\n{text}"


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
