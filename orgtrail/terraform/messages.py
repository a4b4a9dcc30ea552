"""What Terraform prints: messages, a line of JSON each, and words between them.

https://developer.hashicorp.com/terraform/internals/machine-readable-ui
"""

import json
import re
from collections import deque
from collections.abc import Iterable
from typing import Any, Final

# Terraform prints this after a second interrupt: it exits at once, and releases nothing.
ENDED_AT_ONCE: Final = "Two interrupts received"

# What has no machine-readable output (`init`, `state`) begins its error so, after what it did until then.
_ERROR_IN_WORDS = re.compile(r"^Error: ", re.MULTILINE)


def read_message(line: str) -> dict[str, Any] | None:
    """The message on a line; None where it holds words."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def read_messages(lines: Iterable[str]) -> tuple[list[dict[str, Any]], str]:
    """The messages among some lines, and the last lines, from the error on, for when no message says why."""
    messages: list[dict[str, Any]] = []
    end: deque[str] = deque(maxlen=15)
    for line in lines:
        message = read_message(line)
        end.append(str((message or {}).get("@message", line.rstrip())))
        if message:
            messages.append(message)
    text = "\n".join(end).strip()
    error = _ERROR_IN_WORDS.search(text)
    return messages, text[error.start() :] if error else text


def error_text(messages: list[dict[str, Any]]) -> str:
    """Every error among some messages, each once; empty where there is none."""
    diagnostics = (message["diagnostic"] for message in messages if message.get("type") == "diagnostic")
    texts = [
        f"{diagnostic['summary']}\n{diagnostic.get('detail', '')}".strip()
        for diagnostic in diagnostics
        if diagnostic["severity"] == "error"
    ]
    at_once = [ENDED_AT_ONCE for message in messages if ENDED_AT_ONCE in str(message.get("@message"))]
    return "\n".join(dict.fromkeys(at_once + texts))
