"""Try Orgtrail on every version of Python, Node.js and Terraform that this machine has or can install.

On each Python and Node.js: synthesis, which must give the same bytes everywhere, and the tests that it can change. On
each Terraform, and with CDK Terrain: a rehearsal. What ran goes into docs/versions.json, and from there, with
`make docs`, into docs/versions.md. All of it takes about half an hour on two idle cores.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from orgtrail.terraform.cdktf_cli import NODE_OF_CDKTN
from scripts.versions import legs, machine, record
from scripts.versions.legs import LegFailed, Place
from scripts.versions.machine import Program
from scripts.versions.record import Tried

# What to run, by its name in the record; each returns what came of it.
Steps = dict[str, Callable[[], str]]
Leg = Callable[[Program], Steps]


def main() -> int:
    """Run what is asked for; 1 if anything failed."""
    parser = argparse.ArgumentParser(prog="python -m scripts.versions", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to try: {', '.join(_TRIED)} (default: all)")
    parser.add_argument("--only", metavar="VERSION", help="only versions that begin so")
    parser.add_argument("--list", action="store_true", help="say what there is, and run nothing")
    options = parser.parse_args()
    if unknown := set(options.names) - set(_TRIED):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(_TRIED)}")
    passed = True
    for name in options.names or _TRIED:
        find, leg = _TRIED[name]
        for program in find():
            if program.version.startswith(options.only or ""):
                passed &= options.list or _try(name, program, leg)
                if options.list:
                    print(f"{name} {program.version} ({program.origin}): {program.path}")
    return 0 if passed else 1


def _try(name: str, program: Program, leg: Leg) -> bool:
    """Run one leg to its end, whatever fails, and record how it went."""
    commit = legs.commit()
    print(f"{name} {program.version} ({program.origin}) at {commit} …", flush=True)
    outcome, failed = {}, False
    for what, step in leg(program).items():
        try:
            outcome[what] = step()
        except LegFailed as error:
            # Its text names folders of this machine, which the record mustn't.
            outcome[what], failed = "**failed**", True
            print(error, file=sys.stderr)
        print(f"  {what}: {outcome[what]}", flush=True)
    tried = Tried(
        what=name,
        version=program.version,
        origin=program.origin,
        day=datetime.now(UTC).date().isoformat(),
        commit=commit,
        outcome=outcome,
    )
    record.add(tried)
    return not failed


def _on_python(program: Program) -> Steps:
    place = cache(lambda: Place(legs.environment_of(program)))
    return {"synthesis": lambda: _compared(place()), "unit tests": lambda: legs.tests(place(), "tests/unit")}


def _on_node(program: Program) -> Steps:
    # No unit test starts Node.js; these look at what Orgtrail changes in it.
    place = Place(variables=legs.first_on_path(program.path.parent))
    return {
        "synthesis": lambda: _compared(place),
        "`cdktf synth`": lambda: legs.synthesis_by_cli(place),
        "`test_lazy_bindings.py`": lambda: legs.tests(place, "tests/synthesis/test_lazy_bindings.py"),
    }


def _on_terraform(program: Program) -> Steps:
    return {"rehearsal": lambda: legs.rehearsal(Place(variables={"TERRAFORM_BINARY_NAME": str(program.path)}))}


def _on_cdk_terrain(node: Program) -> Steps:
    return {f"rehearsal with {legs.CLI_OF_CDKTN}": lambda: legs.rehearsal(legs.cdk_terrain(_this_python(), node))}


def _compared(place: Place) -> str:
    """Whether synthesis gives the bytes that it gives here. Raises LegFailed."""
    if legs.synthesis(place) != _expected():
        raise LegFailed("The stacks differ from those that are made here.")
    return "same bytes"


@cache
def _expected() -> str:
    return legs.synthesis(Place())


def _this_python() -> Program:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Program(version, Path(sys.executable))


def _nodes() -> Iterable[Program]:
    """Those of this machine, and of npm for the lines that it lacks."""
    found = machine.nodes()
    here = {program.number[0] for program in found}
    yield from found
    yield from (legs.node_of_npm(line) for line in machine.NODE_LINES if line not in here)


def _terraforms() -> Iterable[Program]:
    """Those of this machine, and the one of PyPI."""
    yield from machine.terraforms()
    yield legs.terraform_of_pypi()


def _newest_nodes() -> Iterable[Program]:
    """A Node.js that is new enough for CDK Terrain's CLI."""
    yield next(node for node in _nodes() if node.number >= NODE_OF_CDKTN)


_TRIED: dict[str, tuple[Callable[[], Iterable[Program]], Leg]] = {
    "Python": (machine.pythons, _on_python),
    "Node.js": (_nodes, _on_node),
    "Terraform": (_terraforms, _on_terraform),
    "CDK Terrain": (_newest_nodes, _on_cdk_terrain),
}


if __name__ == "__main__":
    sys.exit(main())
