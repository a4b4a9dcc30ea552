"""Imports run one way: from the commands down to the vocabulary, wherever in a module they stand.

Read with ast, not with import-linter: constructs/ has no __init__.py and shares its name with a package from PyPI,
which is what a tool that looks packages up would find.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter

import pytest

from orgtrail.__main__ import COMMANDS
from orgtrail.commands import accounts
from tests.builders import REPOSITORY

# Each room imports what is below it, and nothing beside it. A new room goes where what it imports is below.
LEVELS = (
    ("main", "scripts", "orgtrail.__main__"),
    ("orgtrail.commands",),
    ("orgtrail.preflight", "orgtrail.redrive"),
    ("orgtrail.rehearsal", "orgtrail.rollout", "constructs"),
    ("orgtrail.documents", "orgtrail.console"),
    ("orgtrail.backfill", "orgtrail.onboarding"),
    ("orgtrail.affected", "orgtrail.state", "orgtrail.status", "orgtrail.verify"),
    ("orgtrail.contents",),
    ("orgtrail.trace",),
    ("orgtrail.archive", "orgtrail.deployer", "orgtrail.terraform"),
    ("orgtrail.selection", "orgtrail.weaker"),
    ("orgtrail.settings",),
    ("orgtrail.policies", "orgtrail.concurrency", "orgtrail.files"),
)
VOCABULARY = "the vocabulary"  # what lies flat in orgtrail/
SHARED_BY_COMMANDS = {
    "orgtrail.commands.histories",
    "orgtrail.commands.options",
    "orgtrail.commands.probing",
    "orgtrail.commands.showing_status",
    "orgtrail.commands.showing_sums",
    "orgtrail.commands.selecting",
    "orgtrail.commands.accounts.editing",
}


@cache
def modules() -> dict[str, str]:
    """Every module that the test is about, with its file."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    files = [file for file in listed.stdout.split() if re.match(r"main\.py|(orgtrail|constructs|scripts)/", file)]
    return {file.removesuffix(".py").removesuffix("/__init__").replace("/", "."): file for file in files}


@cache
def imports(module: str) -> frozenset[str]:
    """What a module imports, inside functions too: the project's modules, others by their first name."""
    return frozenset(_imports(module))


def _imports(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((REPOSITORY / modules()[module]).read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            parent = name.rpartition(".")[0]
            yield next((one for one in (name, parent) if one in modules()), name.partition(".")[0])


def room(module: str) -> str:
    """The part of the project that a module is in."""
    first, _, rest = module.partition(".")
    if first != "orgtrail":
        return first
    inside = f"orgtrail.{rest.partition('.')[0]}"
    return inside if any(inside in level for level in LEVELS) or "." in rest else VOCABULARY


def height(name: str) -> int:
    """How far up a room is."""
    found = [number for number, level in enumerate(reversed(LEVELS), 1) if name in level]
    assert found or name == VOCABULARY, f"{name} has no place in LEVELS"
    return found[0] if found else 0


def arrows() -> Iterator[tuple[str, str]]:
    for module in modules():
        yield from ((module, one) for one in imports(module) if one in modules())


def test_a_room_imports_only_what_is_below_it():
    wrong = [
        f"{module} imports {imported}"
        for module, imported in arrows()
        if room(module) != room(imported) and height(room(module)) <= height(room(imported))
    ]

    assert wrong == []


def test_no_module_imports_itself_by_way_of_others():
    packages = {name for name, file in modules().items() if file.endswith("__init__.py")}
    graph: dict[str, set[str]] = {name: set() for name in modules()}
    for module, imported in arrows():
        # A package's __init__ hands on what its modules make, and they import each other by their own names.
        if imported not in packages or not module.startswith(f"{imported}."):
            graph[module].add(imported)

    assert list(TopologicalSorter(graph).static_order())


def test_nothing_but_the_command_line_itself_imports_a_command():
    inner = {f"accounts.{function}" for function in accounts.COMMANDS.values()}
    commands = {f"orgtrail.commands.{name}" for name in {*COMMANDS, *inner}}

    assert commands | SHARED_BY_COMMANDS | {"orgtrail.commands"} == {
        one for one in modules() if "orgtrail.commands" in one
    }
    assert [f"{module} imports {imported}" for module, imported in arrows() if imported in commands] == []


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("cdktf", {"main", "constructs", "orgtrail.terraform"}),
        ("boto3", {VOCABULARY, "orgtrail.rehearsal"}),
        ("typer", {"orgtrail.__main__", "orgtrail.commands", "orgtrail.console"}),
    ],
)
def test_a_library_is_used_only_in_the_rooms_that_are_about_it(library, rooms):
    assert {room(module) for module in modules() if library in imports(module)} <= rooms


def test_only_the_top_ends_the_program():
    """Rooms raise UserError, and commands return their exit status."""
    raising = [
        name for name, file in modules().items() if "SystemExit(" in (REPOSITORY / file).read_text(encoding="utf-8")
    ]

    in_the_console = [f"orgtrail.console.{name}" for name in ("command_group", "errors", "streams")]
    assert sorted(raising) == ["orgtrail.__main__", *in_the_console]
