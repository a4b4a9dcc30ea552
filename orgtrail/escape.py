"""Text from outside (settings, file names, Terraform's and AWS's messages), made safe for the place it is shown in.

One function for each place. For a shell it is `shlex.quote` and `shlex.join`.
"""

import html as _html
import re

# A line that begins with `::` is a command to GitHub's runner, which first strips white space; so is `##[` anywhere,
# and `##vso[` to Azure Pipelines. After any white space, as a table breaks lines there.
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
# https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
_COMMAND = re.compile(r"(^|\s):(?=:)", re.MULTILINE)
_OLD_COMMAND = re.compile(r"(##\w*)(?=\[)")

# Characters with a meaning in Markdown: anywhere, and at the beginning of a line.
# `:` and `www.` would make links; `$` is mathematics on GitHub.
_MARKUP = re.compile(r"[\\`*_\[\]<>~&$:!#^={}]|(?<=www)\.|^[-+]|^\d+(?=[.)])", re.IGNORECASE)


def terminal(text: str) -> str:
    """For a terminal or the log of a CI job: each character can be seen, and no line is a command to GitHub's runner.

    Newlines and tabs stay; every other control, bidirectional or otherwise invisible character becomes its Python
    escape. Applied twice, it changes nothing more.
    """
    shown = "\n".join(line if line.isprintable() else _visible(line) for line in text.split("\n"))
    return _OLD_COMMAND.sub(r"\1\\", _COMMAND.sub(r"\1:\\", shown))


def line(text: str) -> str:
    """As `terminal`, on one line: newlines become `\\n`."""
    return terminal(text.replace("\n", "\\n"))


def markdown(text: str) -> str:
    """As text in a line of Markdown, or in a cell of a table: no markup, no HTML, no link, and nobody is mentioned."""
    escaped = _MARKUP.sub(_with_backslash, line(text).strip())
    # GitHub looks for mentions after rendering, and leaves out code.
    return escaped.replace("|", "&#124;").replace("@", "<code>@</code>")


def code(text: str) -> str:
    """As a code span of Markdown, in a cell of a table too."""
    shown = line(text)
    if "|" in shown or not shown.strip():
        # In a cell, a bar ends the code; by its number it doesn't, but then the rest has to be escaped as well.
        return f"<code>{html(text)}</code>"
    ticks = "`" * (_longest_run(shown) + 1)
    padding = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{ticks}{padding}{shown}{padding}{ticks}"


def code_block(text: str) -> str:
    """As a fenced code block of Markdown, to stand on lines of its own."""
    shown = terminal(text)
    ticks = "`" * max(3, _longest_run(shown) + 1)
    return f"{ticks}\n{shown}\n{ticks}"


def html(text: str) -> str:
    """As the text of an HTML element, on one line; it stays text where Markdown is read within the element."""
    escaped = "".join(_by_number(char) if _MARKUP.match(char) else _html.escape(char) for char in line(text))
    return escaped.replace("|", "&#124;").replace("@", "<code>@</code>")


def in_page(text: str) -> str:
    """As text in a page of HTML, or in a quoted attribute there."""
    return _html.escape(line(text))


def in_script(document: str) -> str:
    """A JSON document as what a script element of HTML holds: nothing in it ends the element."""
    return document.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _visible(line: str) -> str:
    return "".join(
        char if char.isprintable() or char == "\t" else char.encode("unicode_escape").decode("ascii") for char in line
    )


def _with_backslash(found: re.Match[str]) -> str:
    # A number at the beginning of a line is a list's only with the character behind it.
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def _by_number(char: str) -> str:
    return f"&#{ord(char)};"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
