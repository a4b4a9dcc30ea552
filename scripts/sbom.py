"""List the packages that `make setup` installs, and their licences: `make sbom`.

Two CycloneDX documents, made by cyclonedx-py and npm, and licences.csv, which is read from them. A licence that
LICENCES doesn't hold fails, unless KNOWN says of that package why it may stay.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from orgtrail import __version__
from orgtrail.console.errors import exit_in_words
from orgtrail.console.output import results_console
from orgtrail.errors import UserError
from orgtrail.paths import REPOSITORY
from orgtrail.words import counted
from scripts.tool import tool

FOLDER: Final = REPOSITORY / ".orgtrail" / "sbom"

# Those that ask for no more than that texts of theirs stay, and MPL-2.0, which ends at its own files.
LICENCES: Final = (
    *("0BSD", "Apache-2.0", "BlueOak-1.0.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC"),
    *("MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib"),
)
# How packages said it before there were expressions; the first two say nothing.
CLASSIFIERS: Final = {
    "License :: OSI Approved": (),
    "License :: DFSG approved": (),
    "License :: OSI Approved :: Apache Software License": ("Apache-2.0",),
    "License :: OSI Approved :: BSD License": ("BSD-3-Clause",),
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": ("MPL-2.0",),
}
# Packages that stay although their licence isn't in LICENCES, or isn't said: only as long as they say just that.
_TESTS: Final = "only the tests run it, and nothing of it is handed on"
KNOWN: Final = {
    ("@cloud-copilot/iam-policy", "AGPL-3.0-or-later"): _TESTS,
    ("@cloud-copilot/iam-simulate", "AGPL-3.0-or-later"): _TESTS,
    ("@cloud-copilot/iam-utils", "AGPL-3.0-or-later"): _TESTS,
    ("antlr4-python3-runtime", ""): "its metadata say BSD, without saying which",
    ("jsonify", ""): "public domain, by its package.json",
}


class Package(NamedTuple):
    """A row of licences.csv. `verdict`: "allowed", "known: …", or what is wrong."""

    ecosystem: str
    name: str
    version: str
    licences: str
    verdict: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the three files; 1 if a licence isn't allowed, or a list can't be made."""
    parser = argparse.ArgumentParser(
        prog="python -m scripts.sbom",
        description="Write what is installed, as CycloneDX, and its licences. Exit status 1: a licence isn't allowed.",
        epilog="example: python -m scripts.sbom --folder dist",
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to (default: .orgtrail/sbom)")
    given = parser.parse_args(arguments)
    with exit_in_words():
        given.folder.mkdir(parents=True, exist_ok=True)
        packages: list[Package] = []
        for ecosystem, text in (("python", _of_python()), ("node", _of_node())):
            (given.folder / f"sbom-{ecosystem}.cdx.json").write_text(text, encoding="utf-8")
            packages += packages_of(ecosystem, json.loads(text))
        with (given.folder / "licences.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([Package._fields, *packages])
        refused = [one for one in packages if not one.verdict.startswith(("allowed", "known"))]
        console = results_console()
        console.print(f"{counted(len(packages), 'package')}, with their licences, in {given.folder}")
        if refused:
            lines = [f"  {one.name} {one.version} ({one.ecosystem}): {one.verdict}" for one in refused]
            raise UserError("\n".join(["Not allowed by LICENCES and KNOWN in scripts/sbom.py:", *lines]))
    return 0


def packages_of(ecosystem: str, document: Mapping[str, Any]) -> Iterator[Package]:
    """The packages of a CycloneDX document, by name, each with a verdict on its licences."""
    for component in sorted(document["components"], key=lambda one: (one["name"].lower(), one["version"])):
        licences = [*_licences(component)]
        name, version = component["name"], component["version"]
        yield Package(ecosystem, name, version, "; ".join(licences), verdict(name, licences))


def verdict(name: str, licences: Sequence[str]) -> str:
    """What the policy says of a package: where several licences are listed, each of them must be allowed."""
    known = KNOWN.get((name, "; ".join(licences)))
    if known:
        return f"known: {known}"
    said = [one for licence in licences for one in CLASSIFIERS.get(licence, (licence,))]
    if not said:
        return "no licence is said"
    refused = [licence for licence in said if not allowed(licence)]
    return ", ".join(refused) if refused else "allowed"


def allowed(expression: str) -> bool:
    """Whether the policy takes an SPDX expression. One with brackets inside isn't understood, so it isn't taken."""
    bare = expression[1:-1] if expression.startswith("(") and expression.endswith(")") else expression
    return not set("()") & set(bare) and any(
        all(licence in LICENCES for licence in choice.split(" AND ")) for choice in bare.split(" OR ")
    )


def _licences(component: Mapping[str, Any]) -> Iterator[str]:
    for one in component.get("licenses", ()):
        licence = one.get("license", {})
        yield one.get("expression") or licence.get("id") or licence["name"]


def _of_python() -> str:
    """All that is in the environment that runs this: those of `make setup`, and whatever was installed besides."""
    command = [str(tool("cyclonedx-py", "requirements-sbom")), "environment", sys.executable]
    return _output([*command, "--output-reproducible", "--output-format", "JSON"], REPOSITORY)


def _of_node() -> str:
    """What package-lock.json names. npm takes name and version from the folder and package.json, so it gets both."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary, "orgtrail")
        folder.mkdir()
        # As npm writes what Python writes as 0.1.0.dev0.
        version = __version__.replace(".dev", "-dev.")
        package = json.loads((REPOSITORY / "package.json").read_text(encoding="utf-8"))
        (folder / "package.json").write_text(json.dumps({**package, "version": version}), encoding="utf-8")
        (folder / "package-lock.json").write_bytes((REPOSITORY / "package-lock.json").read_bytes())
        command = ["npm", "sbom", "--package-lock-only", "--sbom-format", "cyclonedx", "--sbom-type", "application"]
        return _output(command, folder)


def _output(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode or not done.stdout:
        raise UserError(f"`{' '.join(command)}` made no list:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
