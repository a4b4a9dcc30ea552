"""All requests and their verdicts, as data: the tests ask, docs/security.md shows them."""

from tests.policies.alarm_cases import alarm_cases
from tests.policies.archive_cases import archive_cases
from tests.policies.backfill_cases import backfill_cases
from tests.policies.case import Case
from tests.policies.deploy_cases import deploy_cases
from tests.policies.guard_cases import guard_cases
from tests.policies.key_cases import key_cases
from tests.policies.pipeline_cases import pipeline_cases
from tests.policies.reader_cases import reader_cases
from tests.policies.reading_cases import reading_cases
from tests.policies.redrive_cases import redrive_cases
from tests.policies.setups import Setup
from tests.policies.trail_cases import trail_cases

_OF_DEPLOYING = (deploy_cases, alarm_cases, redrive_cases, backfill_cases, reading_cases, guard_cases)


def cases(setup: Setup) -> list[Case]:
    """Every case of an organization."""
    parts = (
        archive_cases,
        key_cases,
        reader_cases,
        pipeline_cases,
        trail_cases,
        *(_OF_DEPLOYING if setup.deploys else ()),
    )
    return [case for part in parts for case in part(setup)]
