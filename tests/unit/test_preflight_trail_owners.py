"""The question to the owner of an organization's trail, which every member sees and may not read."""

import threading

from botocore.exceptions import ClientError

from orgtrail.aws import ManyAccounts
from orgtrail.concurrency.pool import Pool
from orgtrail.preflight.scopes import AccountScope
from orgtrail.preflight.topics import Topics
from orgtrail.preflight.trail_owners import TrailOwners
from tests.builders import an_account, settings
from tests.waiting import LONG

OWNER = "111111111111"
ARN = f"arn:aws:cloudtrail:us-east-1:{OWNER}:trail/everyone"
AT_ONCE = 16


class Organization(ManyAccounts):
    """Stands in for the sessions and for CloudTrail; the owner answers its first question when members wait for it."""

    def __init__(self, members, *, waiting=1, owner_is_listed=True, owner_refuses=False):
        super().__init__()
        ids = [f"{number:012}" for number in range(200_000_000_000, 200_000_000_000 + members)]
        owner = [an_account(OWNER, name="management")] if owner_is_listed else []
        self.settings = settings(*owner, *(an_account(one, name=f"m{one}") for one in ids))
        self.owner_was_asked: list[str] = []
        self._owner_refuses = owner_refuses
        self._refused = threading.Semaphore(0)
        self._waiting = waiting

    def session(self, identity, _home):
        return Session(self, identity.account_id)

    def answer(self, account, call):
        if account != OWNER:
            self._refused.release()
            raise ClientError({"Error": {"Code": "TrailNotFoundException", "Message": "Unknown trail"}}, call)
        for _ in range(0 if self.owner_was_asked else self._waiting):
            assert self._refused.acquire(timeout=LONG)
        self.owner_was_asked.append(call)
        if self._owner_refuses:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, call)
        return {"IsLogging": True} if call == "get_trail_status" else {"EventSelectors": []}

    def trails(self, at_once=1):
        """What each member sees in a region."""
        owners, topics = TrailOwners(self.settings, self), Topics(self.settings, self)
        members = [one for one in self.settings.active if one.account_id != OWNER]
        scopes = [AccountScope(self.settings, one, self, owners, topics) for one in members]
        seen = Pool().map(_trails, scopes, at_once=at_once, name=_name)
        return [one for (one,) in seen]


def _trails(scope):
    return scope.trails("us-east-1")


def _name(scope):
    return scope.account.name


class Session:
    def __init__(self, organization, account_id):
        self._organization = organization
        self._account_id = account_id

    def client(self, _service, _region):
        return self

    def describe_trails(self, **_arguments):
        return {"trailList": [{"TrailARN": ARN, "IsOrganizationTrail": True, "IsMultiRegionTrail": True}]}

    def get_trail_status(self, **_arguments):
        return self._organization.answer(self._account_id, "get_trail_status")

    def get_event_selectors(self, **_arguments):
        return self._organization.answer(self._account_id, "get_event_selectors")


def test_five_thousand_members_cost_the_owner_one_call_of_each_kind():
    organization = Organization(5_000)
    found = organization.trails(AT_ONCE)
    assert len(found) == 5_000
    assert all(one.status == {"IsLogging": True} and one.selectors == {"EventSelectors": []} for one in found)
    assert sorted(organization.owner_was_asked) == ["get_event_selectors", "get_trail_status"]


def test_members_that_want_the_answer_at_once_wait_for_one_call():
    organization = Organization(AT_ONCE, waiting=AT_ONCE)
    organization.trails(AT_ONCE)
    assert organization.owner_was_asked.count("get_trail_status") == 1


def test_an_owner_that_refuses_isnt_asked_again_and_the_members_own_reason_is_told():
    organization = Organization(3, owner_refuses=True)
    found = organization.trails()
    assert {one.status for one in found} == {"AWS answers TrailNotFoundException: Unknown trail"}
    assert organization.owner_was_asked == ["get_trail_status", "get_event_selectors"]


def test_an_owner_that_isnt_in_the_file_isnt_asked():
    organization = Organization(2, owner_is_listed=False)
    assert {one.selectors for one in organization.trails()} == {"AWS answers TrailNotFoundException: Unknown trail"}
    assert organization.owner_was_asked == []
