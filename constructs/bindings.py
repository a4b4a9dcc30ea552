"""The classes that stacks are made of: from CDK Terrain, the maintained fork, if it is installed; else from CDKTF."""

# ruff: noqa: F403
from typing import TYPE_CHECKING

from orgtrail.terraform.cdk_engine import CDKTN, cdk_engine

if not TYPE_CHECKING and cdk_engine() == CDKTN:
    from constructs.cdktn_bindings import *
else:
    from constructs.cdktf_bindings import *
