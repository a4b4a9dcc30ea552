"""accounts.yaml in; frozen, typed settings out, or every fault of the file at once.

Knows nothing of CDKTF, of AWS's API or of the command line.
"""

from orgtrail.settings.faults import Fault, InvalidSettings, Problem
from orgtrail.settings.findings import Finding
from orgtrail.settings.load import accounts_file, invalid, load
from orgtrail.settings.notices import notices
from orgtrail.settings.resolved import (
    AccessLogs,
    Account,
    Archive,
    Buffering,
    Catalog,
    CloudState,
    Former,
    LocalState,
    MovingFrom,
    ObjectLock,
    S3State,
    Settings,
    State,
    Transition,
)
from orgtrail.settings.rollout import MaxFailures, Rollout, Wave
from orgtrail.settings.schema import json_schema, reference_markdown

__all__ = [
    "AccessLogs",
    "Account",
    "Archive",
    "Buffering",
    "Catalog",
    "CloudState",
    "Fault",
    "Finding",
    "Former",
    "InvalidSettings",
    "LocalState",
    "MaxFailures",
    "MovingFrom",
    "ObjectLock",
    "Problem",
    "Rollout",
    "S3State",
    "Settings",
    "State",
    "Transition",
    "Wave",
    "accounts_file",
    "invalid",
    "json_schema",
    "load",
    "notices",
    "reference_markdown",
]
