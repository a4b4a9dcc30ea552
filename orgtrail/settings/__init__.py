"""accounts.yaml in; frozen, typed settings out, or everything that is wrong with the file at once.

Knows nothing of CDKTF, of AWS's API or of the command line. `account`, `archive`, `trail`, `state` and `rollout` have
a section each: its shape, its checks, its rules, and how it becomes the value that the rest of Orgtrail knows.
"""

from orgtrail.settings.account import Account, Buffering, Status
from orgtrail.settings.accounts_file import Settings
from orgtrail.settings.archive import AccessLogs, Archive, Catalog
from orgtrail.settings.archive_moves import MANAGED_KEY, NO_KEY, Former, MovingFrom
from orgtrail.settings.archive_retention import ObjectLock, Transition
from orgtrail.settings.diagnostics import Diagnostic, InvalidSettings
from orgtrail.settings.load import accounts_file, invalid, load
from orgtrail.settings.notices import notices
from orgtrail.settings.planning import PLAN_ONLY, with_plan_roles
from orgtrail.settings.reference import reference_markdown
from orgtrail.settings.rollout import MaxFailures, Rollout, Wave
from orgtrail.settings.schema import json_schema
from orgtrail.settings.section import updated, values_of
from orgtrail.settings.state import CloudState, LocalState, S3State, State
from orgtrail.settings.sync import Sync
from orgtrail.settings.trail import ManagementAccount, Trail

__all__ = [
    "MANAGED_KEY",
    "NO_KEY",
    "PLAN_ONLY",
    "AccessLogs",
    "Account",
    "Archive",
    "Buffering",
    "Catalog",
    "CloudState",
    "Diagnostic",
    "Former",
    "InvalidSettings",
    "LocalState",
    "ManagementAccount",
    "MaxFailures",
    "MovingFrom",
    "ObjectLock",
    "Rollout",
    "S3State",
    "Settings",
    "State",
    "Status",
    "Sync",
    "Trail",
    "Transition",
    "Wave",
    "accounts_file",
    "invalid",
    "json_schema",
    "load",
    "notices",
    "reference_markdown",
    "updated",
    "values_of",
    "with_plan_roles",
]
