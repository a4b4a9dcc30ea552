"""Which packages have a newer version, and whether the pins allow it: `make outdated`.

What Dependabot may not touch (.github/dependabot.yml) stays as it is pinned. uv then says what the others could be
together, which is *allowed*, and what each could be alone, which is *newest*. Changes nothing.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from orgtrail.console.errors import exit_in_words
from orgtrail.console.output import a_table, print_table, results_console
from orgtrail.errors import UserError
from orgtrail.paths import REPOSITORY
from orgtrail.words import some
from scripts.lock import OLDEST_PYTHON
from scripts.tool import tool

# What one environment installs. The packages of CDK Terrain aren't asked for: they go with the app's alone.
_TOGETHER: Final = {
    "app and tests": ("requirements.txt", "requirements-dev.txt"),
    "make sbom": ("requirements-sbom.txt",),
    "make scan": ("requirements-scan.txt",),
}
_PIN: Final = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]+\])?==([^\s;#]+)", re.MULTILINE)
_RESOLVED: Final = re.compile(r"^(\S+)==(\S+)(?:\s+# via (.*))?$", re.MULTILINE)


class Resolved(NamedTuple):
    """What uv chose, and which packages ask for it."""

    version: str
    wanted_by: Sequence[str] = ()


@dataclass(frozen=True)
class Outdated:
    """A package that has a newer version than the one that is pinned. `why`: what keeps it from the newest."""

    package: str
    used_by: str
    pinned: str
    allowed: str
    newest: str
    why: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Show what is outdated; 1 if the indexes can't be asked."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.outdated",
        description="Show which packages have a newer version, and whether the pins allow it. Exit status: 0, with or "
        "without any; 1 where an index can't be asked.",
        epilog="example: python -m scripts.outdated --json",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    given = parser.parse_args(arguments)
    with exit_in_words():
        found = [*_python_packages(held_back("pip")), *_node_packages(held_back("npm"))]
    _show(found, as_json=given.json)
    return 0


def held_back(ecosystem: str) -> dict[str, Sequence[str]]:
    """The packages that Dependabot may not touch; with the versions that it may not take, where it's only some."""
    document = yaml.safe_load((REPOSITORY / ".github" / "dependabot.yml").read_text(encoding="utf-8"))
    updates = next(one for one in document["updates"] if one["package-ecosystem"] == ecosystem)
    return {one["dependency-name"]: one.get("versions", ()) for one in updates.get("ignore", ())}


def compared(
    used_by: str,
    pinned: Mapping[str, str],
    allowed: Mapping[str, Resolved],
    newest: Mapping[str, Resolved],
    held: Mapping[str, Sequence[str]],
) -> Iterator[Outdated]:
    """Those of the pinned packages that have a newer version, in the order of their names."""
    for package, version in sorted(pinned.items()):
        # What nobody needs any more has no version that is allowed.
        may, wanted_by = allowed.get(package, Resolved(version))
        latest = newest[package].version
        if version == latest:
            continue
        because = "dependabot.yml" if package in held else some(wanted_by) or "other packages"
        why = because if may != latest else ""
        yield Outdated(package, used_by, version, may, latest, why)


def pins_of(text: str) -> dict[str, str]:
    """The versions that a requirements file pins, by the name as indexes write it."""
    return {normal(name): version for name, version in _PIN.findall(text)}


def resolved(text: str) -> dict[str, Resolved]:
    """What `uv pip compile --annotation-style line` has printed."""
    return {
        normal(name): Resolved(version, [one for one in via.split(", ") if one and not one.startswith("-r ")])
        for name, version, via in _RESOLVED.findall(text)
    }


def loosened(pinned: Mapping[str, str], held: Mapping[str, Sequence[str]]) -> list[str]:
    """Requirements that leave every version open but those of what is held back."""
    return [
        f"{package}=={version}"
        if package in held and not held[package]
        else package + ",".join(f"!={refused}" for refused in held.get(package, ()))
        for package, version in pinned.items()
    ]


def normal(name: str) -> str:
    """A package's name as indexes compare it: https://packaging.python.org/en/latest/specifications/name-normalization"""
    return re.sub(r"[-_.]+", "-", name).lower()


def _python_packages(held: Mapping[str, Sequence[str]]) -> Iterator[Outdated]:
    uv = tool("uv", "uv")
    for used_by, files in _TOGETHER.items():
        pinned = pins_of("\n".join((REPOSITORY / file).read_text(encoding="utf-8") for file in files))
        allowed = _resolve(uv, loosened(pinned, held))
        newest = _resolve(uv, [*pinned], "--no-deps")
        yield from compared(used_by, pinned, allowed, newest, held)


def _resolve(uv: Path, requirements: Sequence[str], *options: str) -> dict[str, Resolved]:
    command = [str(uv), "pip", "compile", "-", "--quiet", "--annotation-style", "line", *OLDEST_PYTHON, *options]
    asked = "\n".join(requirements)
    done = subprocess.run(command, cwd=REPOSITORY, input=asked, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UserError(f"uv can't say which versions there are; is there a network?\n{done.stderr.strip()}")
    return resolved(done.stdout)


def _node_packages(held: Mapping[str, Sequence[str]]) -> Iterator[Outdated]:
    """Those that package.json names; the others follow them when the lock is made anew."""
    pinned = json.loads((REPOSITORY / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    # Asked again and again, npm takes more than a minute to find that there is no network.
    command = ["npm", "outdated", "--json", "--fetch-retries=0"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    try:
        answer: dict[str, Any] = json.loads(done.stdout or "{}")
    except ValueError:
        answer = {"error": {"summary": done.stdout + done.stderr}}
    if "error" in answer:
        why = answer["error"].get("summary") or done.stderr
        raise UserError(f"npm can't say which versions there are; is there a network?\n{why.strip()}")
    newest = {package: Resolved(answer.get(package, {}).get("latest", pinned[package])) for package in pinned}
    allowed = {package: Resolved(pinned[package]) if package in held else newest[package] for package in pinned}
    yield from compared("npm", pinned, allowed, newest, held)


def _show(found: Sequence[Outdated], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=2))
        return
    console = results_console()
    if not found:
        console.print("Every package is the newest.")
        return
    for used_by in dict.fromkeys(one.used_by for one in found):
        console.print(f"\n{used_by}:")
        table = a_table("package", "pinned", "allowed", "newer, but kept away", whole={"package"})
        for one in (one for one in found if one.used_by == used_by):
            allowed = one.allowed if one.allowed != one.pinned else "-"
            table.add_row(one.package, one.pinned, allowed, f"{one.newest}, by {one.why}" if one.why else "")
        print_table(console, table)
    console.print("Allowed: what all of them can be together, but for what .github/dependabot.yml holds back.")


if __name__ == "__main__":
    sys.exit(main())
