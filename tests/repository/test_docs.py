"""The documentation says what the code does."""

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer

from orgtrail.__main__ import application
from orgtrail.console.command_group import every_command
from orgtrail.settings import json_schema, load

REPOSITORY = Path(__file__).parents[2]
PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md")])
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
GETTING_STARTED = (REPOSITORY / "docs/getting-started.md").read_text(encoding="utf-8")
COMMANDS_PAGE = (REPOSITORY / "docs/commands.md").read_text(encoding="utf-8")
SETTINGS_PAGE = (REPOSITORY / "docs/settings.md").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
COMMANDS: Mapping[str, Any] = dict(every_command(typer.main.get_command(application())))

_LINK = re.compile(r"(?:\]\(|\bsrc(?:set)?=\")([^)\s\"]+)[)\"]")
_CODE_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def name_of(page: Path) -> str:
    return page.relative_to(REPOSITORY).as_posix()


def code_blocks(text: str, language: str) -> list[str]:
    return [textwrap.dedent(block) for _indent, name, block in _CODE_BLOCK.findall(text) if name == language]


def without_code(text: str) -> str:
    return _CODE_BLOCK.sub("", text)


def anchors(text: str) -> set[str]:
    """What GitHub makes of a page's headings, and the anchors that stand in it."""
    headings = re.findall(r"^#+ (.+)$", without_code(text), re.MULTILINE)
    written = re.findall(r'<a id="([^"]+)">', text)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings} | {*written}


def keys(schema: Any) -> Iterator[str]:
    """Every key that a JSON Schema knows, at any depth."""
    if isinstance(schema, dict):
        properties = schema.get("properties", {})
        yield from properties if isinstance(properties, dict) else ()
        for part in schema.values():
            yield from keys(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from keys(part)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_generated_parts_of_a_page_are_in_step_with_the_code(page):
    done = subprocess.run(
        [sys.executable, "-m", "cogapp", "--check", "--diff", name_of(page)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"run `make docs` and commit what it changes:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_and_its_options_are_documented(name):
    _before, heading, after = COMMANDS_PAGE.partition(f"\n## `bin/orgtrail {name}`\n")
    section = re.split(r"^#", after, maxsplit=1, flags=re.MULTILINE)[0]
    options = [option for parameter in COMMANDS[name].params for option in parameter.opts if option.startswith("-")]

    assert heading
    assert [option for option in options if not re.search(rf"`[^`]*{re.escape(option)}\b", section)] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_overview_of_commands_has_a_row_with_the_exit_status_of_each(name):
    assert re.search(rf"^\| `{name}` \| .+ \| .+ \|$", COMMANDS_PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_help_with_an_example(name):
    assert "Example: " in COMMANDS[name].help


@pytest.mark.parametrize("key", sorted(set(keys(json_schema()))))
def test_a_key_of_the_accounts_file_is_documented(key):
    assert re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`", without_code(SETTINGS_PAGE))


def test_every_variable_that_the_code_reads_is_documented():
    code = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "orgtrail").rglob("*.py"))
    pages = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert {name for name in re.findall(r"ORGTRAIL_[A-Z_]*[A-Z]", code) if name not in pages} == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_a_page_tells_to_run_exists(page):
    text = page.read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:python -m |bin/)orgtrail ([a-z][\w-]*)", text))
    targets = set(re.findall(r"^make (\w+)|`make (\w+)", text, re.MULTILINE))

    assert commands - {name.partition(" ")[0] for name in COMMANDS} == set()
    assert {a or b for a, b in targets} - set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE)) == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_relative_link_leads_to_an_existing_file_and_heading(page):
    text = page.read_text(encoding="utf-8")
    broken = []
    for link in _LINK.findall(without_code(text)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _hash, anchor = unquote(link).partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            broken.append(link)
    assert broken == []


def named_in_the_map() -> set[str]:
    """The paths that the README's map names. A line begins with its names; two spaces end them."""
    _before, _heading, after = README.partition("## Map of the repository")
    folder, named = "", set()
    for line in code_blocks(after, "text")[0].splitlines():
        names = re.split(r"\s{2,}", line.strip(), maxsplit=1)[0].split()
        folder = folder if line.startswith(" ") else names[0]
        named |= {folder + name if line.startswith(" ") else name for name in names}
    return named


def in_the_repository(folder: str = "") -> set[str]:
    """What git tracks in a folder: files, and folders with a `/` at their end."""
    command = ["git", "ls-files", folder or "."]
    tracked = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.splitlines()
    inner = [path.removeprefix(folder).partition("/") for path in tracked]
    return {folder + name + slash for name, slash, _rest in inner if not re.fullmatch(r"__\w+__\.py", name)}


def test_the_map_of_the_repository_names_each_room_and_each_file_at_the_top_and_nothing_else():
    folders_of_tests = {path for path in in_the_repository("tests/") if path.endswith("/")}

    assert named_in_the_map() == in_the_repository() | in_the_repository("orgtrail/") | folders_of_tests


def test_the_readmes_smallest_accounts_file_has_no_faults(tmp_path):
    sample = tmp_path / "accounts.yaml"
    sample.write_text(next(block for block in code_blocks(README, "yaml") if "accounts:" in block), encoding="utf-8")

    assert [account.name for account in load(sample).active] == ["payments-prod"]


def test_the_readme_is_short_enough_to_be_read():
    assert (REPOSITORY / "README.md").stat().st_size <= 10_240


def test_the_fault_report_that_is_shown_is_a_real_one():
    report = (REPOSITORY / "tests/accounts/bad/ten-different-faults.txt").read_text(encoding="utf-8").splitlines()
    shown = next(block for block in code_blocks(GETTING_STARTED, "text") if "ten-different-faults" in block)
    excerpt = shown.splitlines()

    assert [line for line in excerpt if not line.endswith("…") and line not in report] == []
    assert [line for line in excerpt if line.endswith("…") and not any(r.startswith(line[:-1]) for r in report)] == []
