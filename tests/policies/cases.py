"""All requests and their verdicts, as data: the tests ask, docs/security.md shows them."""

from tests.policies.archive_cases import archive_cases
from tests.policies.case import Case
from tests.policies.key_cases import key_cases
from tests.policies.pipeline_cases import pipeline_cases
from tests.policies.setups import Setup
from tests.policies.trail_cases import trail_cases


def cases(setup: Setup) -> list[Case]:
    """Every case of an organization."""
    return [*archive_cases(setup), *key_cases(setup), *pipeline_cases(setup), *trail_cases(setup)]
