"""The named queries and the flat view, asked of events as CloudTrail writes them.

Shapes: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
and https://docs.aws.amazon.com/singlesignon/latest/userguide/sso-cloudtrail-use-cases.html
"""

import gzip
import json
import re
from datetime import UTC, datetime

import botocore.session
import pytest
import sqlglot
from sqlglot import exp

from orgtrail import queries
from orgtrail.catalog import FLAT_VIEW, flat_view_sql, percent_format
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.rehearsal.emulation.athena import placeholders
from orgtrail.rehearsal.emulation.sample_events import CALLER_ADDRESS, sample_event, sample_events
from tests.athena import ALICE, BOB, CAROL, DATABASE, LAYOUTS, an_athena, key_of, tables
from tests.builders import REPOSITORY

QUERIES = {query.name: query for query in queries.named_queries(tables(DEFAULT_LAYOUT), DATABASE)}

SESSION_ISSUER = {
    "type": "Role",
    "principalId": "AROAIDPPEZS35WEXAMPLE",
    "arn": f"arn:aws:iam::{ALICE}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef",
    "accountId": ALICE,
    "userName": "AWSReservedSSO_Admin_0123456789abcdef",
}
ROLE_SESSION = {
    "type": "AssumedRole",
    "principalId": "AROAIDPPEZS35WEXAMPLE:alice@example.com",
    "arn": f"arn:aws:sts::{ALICE}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice@example.com",
    "accountId": ALICE,
    "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
    "sessionContext": {
        "sessionIssuer": SESSION_ISSUER,
        "attributes": {"mfaAuthenticated": "false", "creationDate": "2026-11-24T08:00:00Z"},
    },
}
USER_ID = "544894e8-80c1-707f-60e3-3ba6510dfac1"
IDENTITY_CENTER_USER = {
    "type": "IdentityCenterUser",
    "accountId": ALICE,
    "onBehalfOf": {
        "userId": USER_ID,
        "identityStoreArn": f"arn:aws:identitystore::{ALICE}:identitystore/d-9067642ac7",
    },
    "credentialId": "EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR_Whr1fEXAMPLE",
}
IAM_USER = {
    "type": "IAMUser",
    "principalId": "AIDAJ45Q7YFFAREXAMPLE",
    "arn": f"arn:aws:iam::{ALICE}:user/Alice",
    "accountId": ALICE,
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "userName": "Alice",
}
ROOT = {"type": "Root", "principalId": ALICE, "arn": f"arn:aws:iam::{ALICE}:root", "accountId": ALICE}
UNKNOWN_USER = {
    "type": "IAMUser",
    "accountId": ALICE,
    "accessKeyId": "",
    "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
}


def call(service, name, **keys):
    """An event of a service, as EventBridge hands it over."""
    return sample_event(
        ALICE, "us-east-1", f"aws.{service}", "AWS API Call via CloudTrail", {"eventName": name, **keys}
    )


def console_login(identity, result="Success", mfa="No", **keys):
    return call(
        "signin",
        "ConsoleLogin",
        eventType="AwsConsoleSignIn",
        userIdentity=identity,
        responseElements={"ConsoleLogin": result},
        additionalEventData={"LoginTo": "https://console.aws.amazon.com", "MobileVersion": "No", "MFAUsed": mfa},
        **keys,
    )


def credential_check(result):
    return call(
        "signin",
        "CredentialVerification",
        eventType="AwsServiceEvent",
        userIdentity=IDENTITY_CENTER_USER,
        additionalEventData={"AuthWorkflowID": "01ad8e4a-75a6-4a4c-8a8e-3c8e0a3c0e4f", "CredentialType": "PASSWORD"},
        serviceEventDetails={"CredentialVerification": result},
        sourceIPAddress="198.51.100.7",
    )


def lines(events):
    return "".join(json.dumps(event) + "\n" for event in events).encode()


def ask(name, events, *values):
    """What a named query answers where the archive holds these events."""
    athena = an_athena({key_of(DEFAULT_LAYOUT, ALICE, "us-east-1"): lines(events)}, DEFAULT_LAYOUT)
    return athena.query(QUERIES[name].sql, values)


ASSIGNMENT = {
    "instanceArn": "arn:aws:sso:::instance/ssoins-1111111111111111",
    "targetId": BOB,
    "targetType": "AWS_ACCOUNT",
    "permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-1111111111111111/ps-1111111111111111",
    "principalType": "USER",
    "principalId": USER_ID,
}
MFA_DEVICE = {"userName": "Alice", "serialNumber": f"arn:aws:iam::{ALICE}:mfa/Alice"}
SCP = {"policyId": "p-examplepolicyid111", "targetId": "ou-examplerootid111-exampleouid111"}

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


@pytest.mark.parametrize("name", queries.CHANGES)
def test_a_query_finds_each_of_its_calls_in_its_own_service_alone(name):
    _question, calls = queries.CHANGES[name]
    own = {(one.service, call_name) for one in calls for call_name in one.names}

    answers = ask(name, [call(service, call_name) for service, call_name in own])
    elsewhere = ask(name, [call("elsewhere", call_name) for _service, call_name in own])

    assert sorted(row["call"] for row in answers) == sorted(call_name for _service, call_name in own)
    assert elsewhere == []


def test_the_calls_that_queries_look_for_exist():
    """The calls of Identity Center's console are in no public API: CloudTrail's list of them is in its user guide."""
    session = botocore.session.Session()
    apis = {"iam": "iam", "identitystore": "identitystore", "organizations": "organizations", "sso": "sso-admin"}
    unknown = {
        (one.service, name)
        for _question, calls in queries.CHANGES.values()
        for one in calls
        if one.service in apis
        for name in one.names
        if name not in session.get_service_model(apis[one.service]).operation_names
    }

    assert {name for _service, name in unknown} == set(queries.DIRECTORY_CALLS)


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


class TestALineThatIsNoEvent:
    GARBAGE = b'{"version": "0", "id": "cut off he\nno JSON at all\n\n["an", "array"]\n'

    @pytest.fixture(params=LAYOUTS)
    def archive(self, request):
        good = lines([call("iam", "CreateAccessKey")])
        objects = {
            key_of(request.param, ALICE, "us-east-1"): good + self.GARBAGE + good,
            key_of(request.param, BOB, "us-east-1"): good,
        }
        asked = {query.name: query for query in queries.named_queries(tables(request.param), DATABASE)}
        return an_athena(objects, request.param), asked, next(iter(objects))

    def test_fails_no_query(self, archive):
        athena, asked, _key = archive

        assert len(athena.query(asked["access-keys"].sql)) == 3

    def test_is_counted_with_its_object(self, archive):
        athena, asked, key = archive
        [row] = athena.query(asked["unreadable-lines"].sql)

        assert (row["account"], row["object"], row["lines"]) == (ALICE, f"s3://archive/{key}", 4)

    def test_counts_as_no_event(self, archive):
        athena, asked, _key = archive
        answers = athena.query(asked["by-day-and-account"].sql)

        assert {row["account"]: row["events"] for row in answers} == {ALICE: 2, BOB: 1}

    def test_is_no_row_of_the_flat_view(self, archive):
        athena, _asked, _key = archive

        assert len(athena.query(f'SELECT * FROM "{DATABASE}"."{FLAT_VIEW}"')) == 3


def test_fields_of_another_shape_than_their_columns_are_null_and_fail_no_query():
    odd = call("iam", "CreateAccessKey", userIdentity="nobody")

    assert [row["who"] for row in ask("access-keys", [odd])] == [None]


class TestTheFlatView:
    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_has_typed_time_and_plain_columns(self, layout):
        event = {**call("iam", "CreateUser", errorCode="AccessDenied"), "time": "2026-11-24T10:11:12Z"}
        athena = an_athena({key_of(layout, ALICE, "us-east-1"): lines([event])}, layout)
        [row] = athena.query(f'SELECT * FROM "{DATABASE}"."{FLAT_VIEW}"')

        assert row["time"] == datetime(2026, 11, 24, 10, 11, 12)
        assert (row["who"], row["who_type"]) == (f"arn:aws:iam::{ALICE}:user/admin", "IAMUser")
        assert (row["action"], row["service"], row["error"]) == ("CreateUser", "iam.amazonaws.com", "AccessDenied")
        assert (row["source_ip"], row["account"], row["region"]) == (CALLER_ADDRESS, ALICE, "us-east-1")
        assert row["day"] == datetime.now(UTC).strftime(percent_format(Layout(layout).day_format))

    def test_leaves_time_empty_where_it_cannot_be_read(self):
        event = {**call("iam", "CreateUser"), "time": "yesterday"}
        athena = an_athena({key_of(DEFAULT_LAYOUT, ALICE, "us-east-1"): lines([event])}, DEFAULT_LAYOUT)

        assert [row["time"] for row in athena.query(f'SELECT time FROM "{DATABASE}"."{FLAT_VIEW}"')] == [None]

    def test_keeps_the_partitions_so_that_one_day_is_all_that_is_read(self):
        """Athena prunes by conditions on a view's column only where that column is the partition itself."""
        sql = sqlglot.parse_one(flat_view_sql(tables(DEFAULT_LAYOUT), DATABASE), read="athena")
        columns = {column.alias: column.this for column in sql.expressions}

        assert {name: columns[name].sql() for name in ("account", "region", "day")} == {
            "account": "account",
            "region": "region",
            "day": "day",
        }


class TestTablesOfSeveralLayouts:
    """An archive whose layout was changed: what lies in the former one has a table of its own."""

    LAYOUTS = (LAYOUTS[0], LAYOUTS[1], LAYOUTS[2])

    @pytest.fixture
    def athena(self):
        objects = {key_of(layout, ALICE, "us-east-1"): lines([call("iam", "CreateUser")]) for layout in self.LAYOUTS}
        return an_athena(objects, *self.LAYOUTS)

    def test_are_one_to_a_query(self, athena):
        asked = {query.name: query for query in queries.named_queries(tables(*self.LAYOUTS), DATABASE)}
        [counted] = athena.query(asked["by-day-and-account"].sql)

        assert len(athena.query(asked["new-users"].sql)) == 3
        assert (counted["day"], counted["events"]) == (datetime.now(UTC).strftime("%Y/%m/%d"), 3)

    def test_are_one_in_the_flat_view(self, athena):
        days = athena.query(f'SELECT day FROM "{DATABASE}"."{FLAT_VIEW}"')

        assert {row["day"] for row in days} == {datetime.now(UTC).strftime("%Y/%m/%d")}
        assert len(days) == 3


class TestTheSqlOfThePages:
    """What the pages tell people to ask runs, and the days in it are ones that the default layout can have."""

    PAGES = ("README.md", "docs/queries.md", "docs/delivery.md")

    @pytest.mark.parametrize("page", PAGES)
    def test_runs(self, page):
        today = key_of(DEFAULT_LAYOUT, CAROL, "us-east-1")
        event = call("iam", "CreateAccessKey")
        objects = {key: lines([event]) for key in (today, today.replace(*_today_as("2026/11/24")))}
        athena = an_athena(objects, DEFAULT_LAYOUT)
        asked = sql_of(page)

        assert asked
        assert [sql for sql in asked if not athena.query(sql)] == []

    def test_shows_an_event_that_arrived_twice_once(self):
        event = call("iam", "CreateUser")
        copy = {**event, "id": "another-envelope"}
        day = key_of(DEFAULT_LAYOUT, ALICE, "us-east-1").replace(*_today_as("2026/11/24"))
        athena = an_athena({day: lines([event, copy, call("iam", "CreateUser")])}, DEFAULT_LAYOUT)
        [sql] = re.findall(
            r"```sql\n(.*?)```", (REPOSITORY / "docs/delivery.md").read_text(encoding="utf-8"), re.DOTALL
        )

        assert len(athena.query(sql)) == 2


def sql_of(page):
    """The SQL that a page shows."""
    return re.findall(r"```sql\n(.*?)```", (REPOSITORY / page).read_text(encoding="utf-8"), re.DOTALL)


def _today_as(day):
    return datetime.now(UTC).strftime("%Y/%m/%d"), day


RESERVED = """
alter and as between by case cast constraint create cross cube current_catalog current_date current_path current_role
current_schema current_time current_timestamp current_user deallocate delete describe distinct drop else end escape
except execute exists extract false first for from full group grouping having in inner insert intersect into is join
last left like listagg localtime localtimestamp natural normalize not null on or order outer prepare recursive right
rollup select skip table then trim true uescape union unnest using values when where with
"""


class TestTheNamedQueries:
    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_read_the_last_days_and_no_more(self, layout):
        for query in queries.named_queries(tables(layout), DATABASE):
            tree = sqlglot.parse_one(query.sql, read="athena")
            [table] = [table for table in tree.find_all(exp.Table) if table.db]
            scan = table.find_ancestor(exp.Select)

            assert isinstance(tree, exp.Select)
            assert scan is not None
            assert scan.args["where"].this.sql("athena").startswith("day >= DATE_FORMAT(CURRENT_DATE - INTERVAL '7'")

    def test_name_nothing_by_a_word_that_athena_reserves(self):
        """https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html, which has a few more than Trino."""
        for sql in [flat_view_sql(tables(DEFAULT_LAYOUT), DATABASE), *(query.sql for query in QUERIES.values())]:
            aliases = {alias.alias.lower() for alias in sqlglot.parse_one(sql, read="athena").find_all(exp.Alias)}
            assert aliases
            assert aliases & set(RESERVED.split()) == set()

    def test_begin_their_description_with_a_question(self):
        """Athena shows up to 1,024 characters of it."""
        for query in QUERIES.values():
            assert query.question.endswith("?")
            assert len(query.description) <= 1024

    def test_ask_for_no_value_but_one(self):
        assert {name for name, query in QUERIES.items() if placeholders(query.sql)} == {"everything-by"}
        assert placeholders(QUERIES["everything-by"].sql) == 1

    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_find_the_samples_of_the_rehearsal_in_plain_and_compressed_objects(self, layout):
        sources = ["aws.iam", "aws.signin", "aws.organizations", "aws.sso"]
        of_alice = sample_events(ALICE, "us-east-1", sources, ["AWS API Call via CloudTrail"])
        of_bob = sample_events(BOB, "eu-west-1", ["aws.signin"], ["AWS API Call via CloudTrail"])
        objects = {
            key_of(layout, ALICE, "us-east-1"): lines(of_alice),
            key_of(layout, BOB, "eu-west-1") + ".gz": gzip.compress(lines(of_bob)),
            f"{Layout(layout).root}errors/{ALICE}/us-east-1/processing-failed/2026/01/01/object": b"no event\n",
        }
        athena = an_athena(objects, layout)
        answers = {
            query.name: athena.query(query.sql, [CALLER_ADDRESS] * placeholders(query.sql))
            for query in queries.named_queries(tables(layout), DATABASE)
        }

        assert [name for name, rows in answers.items() if not rows] == ["unreadable-lines"]
        assert {(row["account"], row["call"]) for row in answers["sign-in-without-mfa"]} == {
            (ALICE, "ConsoleLogin"),
            (BOB, "ConsoleLogin"),
        }
        assert {row["account"]: row["events"] for row in answers["by-day-and-account"]} == {
            ALICE: len(of_alice),
            BOB: len(of_bob),
        }
