"""The named queries and the flat view, asked of events as CloudTrail writes them.

Shapes: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
and https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-cloudtrail-use-cases.html
"""

import json
from datetime import UTC, datetime, timedelta

import botocore.session
import pytest

from orgtrail.calls import CHANGES, DIRECTORY_CALLS
from orgtrail.layout import DEFAULT_LAYOUT
from orgtrail.rehearsal.emulation.sample_events import CALLER_ADDRESS
from tests.athena import ALICE, BOB, an_athena, key_of
from tests.unit.callers import (
    ASSIGNMENT,
    IAM_USER,
    IDENTITY_CENTER_USER,
    MFA_DEVICE,
    QUERIES,
    ROLE_SESSION,
    ROOT,
    SCP,
    SESSION_ISSUER,
    UNKNOWN_USER,
    USER_ID,
    ask,
    call,
    console_login,
    credential_check,
    lines,
)

# What each query must find, and what is close to it and must not be found.
CASES = {
    "access-keys": (
        [call("iam", "CreateAccessKey", requestParameters={"userName": "Alice"}), call("iam", "UpdateAccessKey")],
        [call("iam", "ListAccessKeys"), call("iam", "CreateServiceSpecificCredential")],
    ),
    "new-users": (
        [call("iam", "CreateUser"), call("identitystore", "CreateUser"), call("sso-directory", "CreateUser")],
        [call("cognito-idp", "CreateUser"), call("iam", "DeleteUser")],
    ),
    "group-membership": (
        [
            call("iam", "AddUserToGroup", requestParameters={"groupName": "admins", "userName": "Alice"}),
            call("iam", "RemoveUserFromGroup"),
            call("identitystore", "CreateGroupMembership"),
            call("sso-directory", "AddMemberToGroup"),
        ],
        [
            call("iam", "AttachGroupPolicy"),
            call("quicksight", "CreateGroupMembership"),
            call("redshift", "CreateGroup"),
        ],
    ),
    "role-trust": (
        [call("iam", "UpdateAssumeRolePolicy"), call("iam", "CreateRole")],
        [call("iam", "UpdateRole"), call("rolesanywhere", "CreateProfile")],
    ),
    "permissions": (
        [
            call("iam", "CreatePolicy", requestParameters={"policyName": "admin", "policyDocument": "{}"}),
            call("iam", "CreatePolicyVersion"),
            call("iam", "DetachRolePolicy"),
            call("iam", "DeleteRolePermissionsBoundary"),
        ],
        [call("organizations", "CreatePolicy"), call("iot", "CreatePolicy"), call("iam", "GetPolicy")],
    ),
    "identity-center": (
        [
            call("sso", "CreateAccountAssignment", userIdentity=IDENTITY_CENTER_USER, requestParameters=ASSIGNMENT),
            call("sso", "AttachManagedPolicyToPermissionSet"),
            call("sso", "PutInlinePolicyToPermissionSet"),
        ],
        [call("sso", "DescribePermissionSet"), call("sso", "TagResource"), call("iam", "AttachRolePolicy")],
    ),
    "sign-in-settings": (
        [
            call("iam", "DeactivateMFADevice", requestParameters=MFA_DEVICE),
            call("sso-directory", "DeleteMfaDeviceForUser"),
            call("iam", "UpdateSAMLProvider"),
            call("iam", "CreateOpenIDConnectProvider"),
            call("iam", "DeleteAccountPasswordPolicy"),
            call("sso", "EnableExternalIdPConfigurationForDirectory"),
            call("sso-directory", "EnableExternalIdPConfigurationForDirectory"),
        ],
        [call("iam", "EnableMFADevice"), call("iam", "GetAccountPasswordPolicy"), call("iam", "ListSAMLProviders")],
    ),
    "pipeline-changes": (
        [call("events", "DisableRule"), call("firehose", "UpdateDestination"), call("cloudtrail", "StopLogging")],
        [call("events", "TagResource"), call("firehose", "CreateDeliveryStream"), call("iam", "PutRolePolicy")],
    ),
    "organization-guardrails": (
        [
            call("organizations", "DetachPolicy", requestParameters=SCP),
            call("organizations", "LeaveOrganization"),
            call("organizations", "DisablePolicyType"),
        ],
        [call("iot", "DetachPolicy"), call("organizations", "EnablePolicyType"), call("organizations", "ListRoots")],
    ),
    "sign-in-without-mfa": (
        [console_login(IAM_USER), console_login(ROOT)],
        [
            console_login(ROLE_SESSION),
            console_login({**ROLE_SESSION, "type": "FederatedUser"}),
            console_login(IAM_USER, mfa="Yes"),
            console_login(UNKNOWN_USER, "Failure", errorMessage="No username found in supplied account"),
        ],
    ),
    "root-use": (
        [call("iam", "CreateAccessKey", userIdentity=ROOT), console_login(ROOT, "Failure")],
        [
            call("iam", "CreateAccessKey", userIdentity={**ROOT, "invokedBy": "support.amazonaws.com"}),
            call("iam", "CreateAccessKey", userIdentity=IAM_USER),
        ],
    ),
    "refused": (
        [
            call("iam", "CreateUser", errorCode="AccessDenied"),
            call("sso", "CreatePermissionSet", errorCode="AccessDeniedException"),
        ],
        [call("iam", "CreateUser", errorCode="EntityAlreadyExistsException"), call("iam", "CreateUser")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_query_finds_what_it_asks_for_and_nothing_else(name):
    found, left = CASES[name]

    answers = sorted(row["call"] for row in ask(name, [*found, *left]))

    assert answers == sorted(event["detail"]["eventName"] for event in found)
    assert ask(name, left) == []


def test_an_event_that_arrived_twice_is_a_duplicate_and_another_of_the_same_call_is_none():
    twice, once = call("iam", "CreateUser"), call("iam", "CreateUser")

    [row] = ask("duplicates", [twice, once, twice])

    assert (row["event_id"], row["times"]) == (twice["detail"]["eventID"], 2)
    assert ask("duplicates", [twice, once]) == []


class TestArrivalsByHour:
    # The hour is over, and so is the one behind it.
    HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)

    def at(self, hour, count):
        return [{**call("iam", "CreateUser"), "time": f"{hour:%Y-%m-%dT%H}:10:11Z"} for _ in range(count)]

    def weekly(self, hour, count):
        """So many events in the same hour of each of the four weeks before."""
        return [event for week in range(1, 5) for event in self.at(hour - timedelta(weeks=week), count)]

    def rows(self, *events):
        return [
            (row["hour"].replace(tzinfo=UTC), row["events"], row["usually"], row["far_below"])
            for row in ask("arrivals-by-hour", [one for listed in events for one in listed])
        ]

    def test_an_hour_is_held_against_the_same_hour_of_the_same_day_of_the_weeks_before(self):
        rows = self.rows(self.weekly(self.HOUR, 10), self.at(self.HOUR, 8), self.at(self.HOUR - timedelta(days=1), 3))

        assert rows == [(self.HOUR, 8, 10.0, False), (self.HOUR - timedelta(days=1), 3, 0.0, False)]

    def test_an_hour_far_below_what_is_usual_comes_first_and_so_does_one_without_any(self):
        silent, later = self.HOUR - timedelta(hours=5), self.HOUR + timedelta(hours=5)
        rows = self.rows(self.weekly(silent, 10), self.weekly(self.HOUR, 10), self.at(self.HOUR, 2), self.at(later, 7))

        assert rows == [(self.HOUR, 2, 10.0, True), (silent, 0, 10.0, True), (later, 7, 0.0, False)]

    def test_few_events_are_no_rhythm_and_an_hour_that_isnt_over_is_not_far_below(self):
        now = self.HOUR + timedelta(hours=30)
        rows = self.rows(self.weekly(self.HOUR, 7), self.weekly(now, 100))

        assert rows == [(now, 0, 100.0, False), (self.HOUR, 0, 7.0, False)]

    def test_a_pipeline_of_another_account_is_another_rhythm(self):
        key = key_of(DEFAULT_LAYOUT, BOB, "eu-west-1")
        of_bob, of_alice = lines(self.weekly(self.HOUR, 10)), lines(self.at(self.HOUR, 10))
        athena = an_athena({key: of_bob, key_of(DEFAULT_LAYOUT, ALICE, "us-east-1"): of_alice}, DEFAULT_LAYOUT)
        rows = athena.query(QUERIES["arrivals-by-hour"].sql)

        assert [(row["account"], row["events"], row["far_below"]) for row in rows] == [
            (BOB, 0, True),
            (ALICE, 10, False),
        ]


@pytest.mark.parametrize("name", CHANGES)
def test_a_query_finds_each_of_its_calls_in_its_own_service_alone(name):
    _question, calls = CHANGES[name]
    own = {(one.service, call_name) for one in calls for call_name in one.names}

    answers = ask(name, [call(service, call_name) for service, call_name in own])
    elsewhere = ask(name, [call("elsewhere", call_name) for _service, call_name in own])

    assert sorted(row["call"] for row in answers) == sorted(call_name for _service, call_name in own)
    assert elsewhere == []


def test_the_calls_that_queries_look_for_exist():
    """The calls of Identity Center's console are in no public API: CloudTrail's list of them is in its user guide."""
    session = botocore.session.Session()
    apis = {"iam": "iam", "identitystore": "identitystore", "organizations": "organizations", "sso": "sso-admin"}
    apis |= {name: name for name in ("cloudtrail", "events", "firehose")}
    unknown = {
        (one.service, name)
        for _question, calls in CHANGES.values()
        for one in calls
        if one.service in apis
        for name in one.names
        if name not in session.get_service_model(apis[one.service]).operation_names
    }

    assert {name for _service, name in unknown} == set(DIRECTORY_CALLS)


def test_failed_sign_ins_are_counted_by_address():
    failed = console_login(UNKNOWN_USER, "Failure", errorMessage="Failed authentication")
    answers = ask(
        "failed-sign-ins",
        [
            failed,
            failed,
            console_login(IAM_USER, "Failure"),
            console_login(IAM_USER),
            credential_check("Failure"),
            credential_check("Success"),
        ],
    )

    assert [(row["source_ip"], row["failures"], row["accounts"], row["users"]) for row in answers] == [
        (CALLER_ADDRESS, 3, 1, 2),
        ("198.51.100.7", 1, 1, 1),
    ]


@pytest.mark.parametrize("name", ["sign-in-without-mfa", "failed-sign-ins"])
def test_sign_ins_are_found_whether_or_not_the_serde_makes_the_keys_of_json_text_lower_case(name):
    events = [console_login(IAM_USER), console_login(IAM_USER, "Failure"), credential_check("Failure")]
    lowered = [json.loads(json.dumps(event), object_pairs_hook=_lower_keys) for event in events]

    assert len(ask(name, lowered)) == len(ask(name, events)) > 0


def _lower_keys(pairs):
    return {key.lower(): value for key, value in pairs}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (IAM_USER["arn"], ["CreateUser"]),
        (IAM_USER["userName"], ["CreateUser"]),
        (IAM_USER["accessKeyId"], ["CreateUser"]),
        (ROLE_SESSION["arn"], ["CreateRole"]),
        (ROLE_SESSION["principalId"], ["CreateRole"]),
        (SESSION_ISSUER["arn"], ["CreateRole"]),
        (SESSION_ISSUER["userName"], ["CreateRole"]),
        (USER_ID, ["UpdatePermissionSet"]),
        (IDENTITY_CENTER_USER["credentialId"], ["UpdatePermissionSet"]),
        ("192.0.2.44", ["UpdatePermissionSet"]),
        ("AKIAIOSFODNN7", []),
        ("Bob' OR '1'='1", []),
    ],
)
def test_everything_by_takes_any_way_to_name_a_caller(value, found):
    events = [
        call("iam", "CreateUser", userIdentity=IAM_USER),
        call("iam", "CreateRole", userIdentity=ROLE_SESSION),
        call("sso", "UpdatePermissionSet", userIdentity=IDENTITY_CENTER_USER, sourceIPAddress="192.0.2.44"),
    ]

    assert [row["call"] for row in ask("everything-by", events, value)] == found


@pytest.mark.parametrize(
    ("identity", "who"),
    [
        (IAM_USER, IAM_USER["arn"]),
        (ROLE_SESSION, ROLE_SESSION["arn"]),
        (ROOT, ROOT["arn"]),
        (
            {"type": "FederatedUser", "arn": f"arn:aws:sts::{ALICE}:federated-user/Bob", "principalId": f"{ALICE}:Bob"},
            f"arn:aws:sts::{ALICE}:federated-user/Bob",
        ),
        (IDENTITY_CENTER_USER, USER_ID),
        ({"type": "AWSService", "invokedBy": "sso.amazonaws.com"}, "sso.amazonaws.com"),
        ({"type": "AWSAccount", "principalId": "AIDAQRSTUVWXYZEXAMPLE", "accountId": BOB}, "AIDAQRSTUVWXYZEXAMPLE"),
        ({"type": "AWSAccount", "accountId": BOB}, BOB),
        (
            {"type": "SAMLUser", "principalId": "SAMPLEUkh1i4+ExamplEL40JbdE:Bob", "userName": "Bob"},
            "Bob",
        ),
        (
            {
                "type": "WebIdentityUser",
                "principalId": "accounts.google.com:app:1234567890",
                "userName": "1234567890",
                "identityProvider": "accounts.google.com",
            },
            "1234567890",
        ),
        ({"type": "Directory", "accountId": ALICE, "userName": "bob@corp"}, "bob@corp"),
        (
            {
                "type": "Unknown",
                "principalId": ALICE,
                "arn": "",
                "accountId": ALICE,
                "accessKeyId": "",
                "userName": "b",
            },
            "b",
        ),
        ({"type": "Unknown", "principalId": ALICE, "arn": "", "accountId": ALICE, "accessKeyId": ""}, ALICE),
        (UNKNOWN_USER, "HIDDEN_DUE_TO_SECURITY_REASONS"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else None,
)
def test_every_kind_of_caller_has_a_who(identity, who):
    [row] = ask("access-keys", [call("iam", "CreateAccessKey", userIdentity=identity)])

    assert row["who"] == who
