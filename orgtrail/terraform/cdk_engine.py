"""Which CDK makes the stacks: CDK for Terraform, or CDK Terrain, its living fork, where that is installed."""

from importlib.util import find_spec
from typing import Final

CDKTF: Final = "cdktf"
CDKTN: Final = "cdktn"

_OF_CDKTN = (CDKTN, "cdktn_provider_aws")


def cdk_engine() -> str:
    """`cdktn` where CDK Terrain and its AWS bindings are installed, else `cdktf`.

    Raises ModuleNotFoundError where only one of the two is: the other was left behind, or never came.
    """
    missing = [package for package in _OF_CDKTN if find_spec(package) is None]
    if len(missing) == 1:
        raise ModuleNotFoundError(
            f"{missing[0]} is missing: pip install -r requirements-cdktn.txt for CDK Terrain, "
            f"or pip uninstall {' '.join(_OF_CDKTN).replace('_', '-')} for CDK for Terraform",
            name=missing[0],
        )
    return CDKTF if missing else CDKTN
