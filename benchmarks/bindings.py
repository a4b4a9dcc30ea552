"""What loading the AWS bindings costs, beside those that may come next: cdktn-aws, one assembly that loads lazily."""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import REPOSITORY, Row, cost, make_environment, medians

_SUCCESSOR = Path(__file__).parent / "successor"
_ENVIRONMENT = REPOSITORY / ".orgtrail" / "benchmarks" / "successor"
_OURS = """
import sys
from orgtrail.terraform.lazy_bindings import lazy_bindings
with lazy_bindings():
    from constructs.bindings import App, TerraformStack
TerraformStack(App(outdir=sys.argv[1]), "empty")
"""


def rows(runs: int) -> list[Row]:
    """An app with one empty stack, with all that Orgtrail uses of AWS loaded."""
    make_environment(_ENVIRONMENT, _SUCCESSOR / "requirements.txt")
    with tempfile.TemporaryDirectory() as out:
        ours = [sys.executable, "-O", "-c", _OURS, out]
        theirs = [str(_ENVIRONMENT / "bin" / "python"), "-O", str(_SUCCESSOR / "app.py"), out]
        cost(ours), cost(theirs)  # Bytecode and jsii's cache are there from now on.
        here, there = medians(runs, ours, theirs)
    return [
        Row("bindings loaded", here.processor, "s", there.processor, "cdktn-aws"),
        Row("bindings loaded: memory", here.memory / 2**20, "MiB", there.memory / 2**20, "cdktn-aws"),
    ]
