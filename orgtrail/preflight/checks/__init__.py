"""Every check, in the order in which they are made."""

from typing import Any

from orgtrail.preflight.checks.alarm_topic import ALARM_TOPIC
from orgtrail.preflight.checks.archive_access import ARCHIVE_ACCESS
from orgtrail.preflight.checks.archive_bucket import ARCHIVE_BUCKET
from orgtrail.preflight.checks.archive_cut_off import ARCHIVE_CUT_OFF
from orgtrail.preflight.checks.archive_public import ARCHIVE_PUBLIC
from orgtrail.preflight.checks.archive_tables import ARCHIVE_TABLES
from orgtrail.preflight.checks.names_in_account import NAMES_IN_ACCOUNT
from orgtrail.preflight.checks.names_in_region import NAMES_IN_REGION
from orgtrail.preflight.checks.organization import ORGANIZATION
from orgtrail.preflight.checks.quota_of_account import QUOTA_OF_ACCOUNT
from orgtrail.preflight.checks.quota_of_log_groups import QUOTA_OF_LOG_GROUPS
from orgtrail.preflight.checks.quota_of_region import QUOTA_OF_REGION
from orgtrail.preflight.checks.region import REGION
from orgtrail.preflight.checks.role import ROLE
from orgtrail.preflight.checks.state import STATE
from orgtrail.preflight.checks.sts_endpoint import STS_ENDPOINT
from orgtrail.preflight.checks.trail import TRAIL
from orgtrail.preflight.checks.trail_delivery import TRAIL_DELIVERY
from orgtrail.preflight.finding import Check
from orgtrail.preflight.scopes import AccountScope, PipelineScope, SharedScope

OF_ALL: tuple[Check[SharedScope], ...] = (
    ARCHIVE_BUCKET,
    ARCHIVE_ACCESS,
    ARCHIVE_CUT_OFF,
    ARCHIVE_PUBLIC,
    ARCHIVE_TABLES,
    STATE,
)
OF_ACCOUNT: tuple[Check[AccountScope], ...] = (ORGANIZATION, NAMES_IN_ACCOUNT, QUOTA_OF_ACCOUNT)
OF_PIPELINE: tuple[Check[PipelineScope], ...] = (
    STS_ENDPOINT,
    TRAIL,
    TRAIL_DELIVERY,
    NAMES_IN_REGION,
    QUOTA_OF_REGION,
    QUOTA_OF_LOG_GROUPS,
    ALARM_TOPIC,
)

EVERY: tuple[tuple[str, Check[Any]], ...] = (
    ("each account", ROLE),
    ("each pipeline", REGION),
    *(("each pipeline", check) for check in OF_PIPELINE),
    *(("each account", check) for check in OF_ACCOUNT),
    *(("what all share", check) for check in OF_ALL),
)
"""Each check, and what it is made of."""
