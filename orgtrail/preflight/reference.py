"""The checks as Markdown, for docs/preflight.md."""

from collections.abc import Iterator

from orgtrail.preflight.checks import EVERY


def checks_markdown() -> str:
    """A section for each check."""
    return "\n".join(_sections())


def permissions_markdown() -> str:
    """A table of every action that the checks need, each once, with its reasons."""
    reasons: dict[str, list[tuple[str, str]]] = {}
    for _, check in EVERY:
        for permission in check.permissions:
            reasons.setdefault(permission.action, []).append((permission.reason, check.id))
    rows = [
        f"| `{action}` | {'; '.join(dict.fromkeys(reason for reason, _ in why))} | "
        f"{', '.join(f'`{one}`' for one in dict.fromkeys(check for _, check in why))} |"
        for action, why in sorted(reasons.items())
    ]
    return "\n".join(["| action | why | check |", "| --- | --- | --- |", *rows])


def _sections() -> Iterator[str]:
    for scope, check in EVERY:
        yield f"### `{check.id}`\n"
        yield f"{str(check.severity).capitalize()}, of {scope}. {check.asks}\n"
        yield f"**If not:** {check.silences}\n"
