"""accounts.yaml in; frozen, typed settings out, or every fault of the file at once.

Knows nothing of CDKTF, of AWS's API or of the command line.
"""

from orgtrail.settings.faults import Fault, InvalidSettings
from orgtrail.settings.load import accounts_file, load
from orgtrail.settings.resolved import Account, Archive, Buffering, CloudState, LocalState, S3State, Settings
from orgtrail.settings.schema import json_schema, reference_markdown

__all__ = [
    "Account",
    "Archive",
    "Buffering",
    "CloudState",
    "Fault",
    "InvalidSettings",
    "LocalState",
    "S3State",
    "Settings",
    "accounts_file",
    "json_schema",
    "load",
    "reference_markdown",
]
