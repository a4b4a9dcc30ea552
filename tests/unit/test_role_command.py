"""The role that deploys, as it is printed."""

import json

import pytest
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.preflight.checks import EVERY
from tests.builders import accounts_yaml

FULL = (
    "defaults: {regions: [us-east-1], role: ['arn:aws:iam::111111111111:role/ci', deployer], plan_role: planner, "
    "external_id: known, permissions_boundary: bounds}"
)
STATE = "backend: s3, bucket: states, region: us-east-1, role: deployer, account_id: '777777777777'"


@pytest.fixture
def orgtrail(tmp_path):
    """Runs a command on an accounts file with these parts."""

    def run(*arguments, archive="", state=STATE, rest=FULL, accounts=("name: payments",)):
        file = tmp_path / "accounts.yaml"
        file.write_text(accounts_yaml(archive, state=state, rest=rest, accounts=accounts))
        return CliRunner().invoke(application(("role", "policy")), [*arguments, "-f", str(file)])

    return run


def actions(document):
    listed = [statement["Action"] for statement in document["Statement"]]
    return {action for one in listed for action in ([one] if isinstance(one, str) else one)}


def of_role(answer, name="deploy_role"):
    return {policy["name"]: actions(policy["document"]) for policy in json.loads(answer.stdout)[name]["policies"]}


def services(answer, policy="orgtrail-archive"):
    return {action.partition(":")[0] for action in of_role(answer)[policy]}


class TestTheLeast:
    def test_without_a_key_nothing_of_kms_and_without_a_catalog_neither_glue_nor_athena(self, orgtrail):
        assert services(orgtrail("role")) == {"s3", "glue", "athena"}
        assert services(orgtrail("role", archive="kms_key: managed")) == {"s3", "glue", "athena", "kms"}
        assert services(orgtrail("role", archive="catalog: false")) == {"s3"}

    def test_nothing_is_written_into_the_archive_but_what_is_backfilled_where_that_is_asked_for(self, orgtrail):
        asked = orgtrail("role", "--backfill", archive="kms_key: managed")
        statements = next(
            policy["document"]["Statement"]
            for policy in json.loads(asked.stdout)["deploy_role"]["policies"]
            if policy["name"] == "orgtrail-archive"
        )
        [put] = [one for one in statements if one["Action"] == "s3:PutObject"]

        assert (put["Resource"], put["Condition"]) == (
            "arn:aws:s3:::acme-iam-events/backfill/*",
            {"Null": {"s3:if-none-match": "false"}},
        )
        assert "kms:GenerateDataKey" in of_role(asked)["orgtrail-archive"]
        assert "s3:PutObject" not in of_role(asked, "plan_role")["orgtrail-archive"]
        assert "s3:PutObject" not in of_role(orgtrail("role"))["orgtrail-archive"]

    def test_no_event_is_read_unless_that_is_asked_for_and_never_to_plan(self, orgtrail):
        asked = orgtrail("role", "--read-events", archive="kms_key: managed")

        assert {"s3:GetObject", "kms:Decrypt"} <= of_role(asked)["orgtrail-archive"]
        assert not {"s3:GetObject", "kms:Decrypt"} & of_role(asked, "plan_role")["orgtrail-archive"]
        assert "kms:Decrypt" not in of_role(orgtrail("role", "--read-events"))["orgtrail-archive"]
        assert "s3:GetObject" not in of_role(orgtrail("role"))["orgtrail-archive"]

    @pytest.mark.parametrize("option", ["--backfill", "--read-events"])
    def test_what_is_in_the_archive_is_the_affair_of_its_account(self, orgtrail, option):
        asked = orgtrail("role", "payments", option)

        assert asked.exit_code == 1
        assert f"{option} is about the archive's account: select archive, too" in asked.stderr

    def test_without_a_lock_or_logs_none_is_written(self, orgtrail):
        optional = {"s3:PutBucketObjectLockConfiguration", "s3:PutBucketLogging"}
        extra = "object_lock: {mode: governance, days: 1}, access_logs: {bucket: logs}"

        assert not optional & of_role(orgtrail("role"))["orgtrail-archive"]
        assert optional <= of_role(orgtrail("role", archive=extra))["orgtrail-archive"]

    def test_an_existing_bucket_is_only_looked_at(self, orgtrail):
        looked = {
            "s3:GetBucketLocation",
            "s3:GetBucketPolicy",
            "s3:GetBucketPolicyStatus",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketRequestPayment",
            "s3:GetEncryptionConfiguration",
            "s3:ListBucket",
        }

        assert of_role(orgtrail("role", archive="existing: true"))["orgtrail-archive"] == looked

    def test_states_are_in_it_only_if_the_same_role_reads_them(self, orgtrail):
        assert "orgtrail-states" in of_role(orgtrail("role"))
        for state in ("backend: local", STATE.replace("role: deployer", "role: StateRole")):
            assert "orgtrail-states" not in of_role(orgtrail("role", state=state))

    def test_dead_letters_are_sent_back_only_by_a_role_that_was_asked_for(self, orgtrail):
        sending = {
            "firehose:PutRecordBatch",
            "sqs:ChangeMessageVisibility",
            "sqs:DeleteMessage",
            "sqs:ReceiveMessage",
        }
        without, with_it = (of_role(orgtrail("role", *option))["orgtrail-pipelines"] for option in ([], ["--redrive"]))

        assert with_it - without == sending
        assert not sending & of_role(orgtrail("role", "--redrive"), "plan_role")["orgtrail-pipelines"]

    def test_what_is_selected_is_what_it_is_for(self, orgtrail):
        assert set(of_role(orgtrail("role", "archive"))) == {"orgtrail-archive", "orgtrail-states"}
        assert set(of_role(orgtrail("role", "payments"))) == {"orgtrail-pipelines", "orgtrail-states"}


class TestTheSibling:
    def test_it_asks_for_nothing_that_writes(self, orgtrail):
        archive = "kms_key: managed, object_lock: {mode: governance, days: 1}, access_logs: {bucket: logs}"
        found = of_role(orgtrail("role", archive=archive, state=f"{STATE}, kms_key_id: alias/states"), "plan_role")
        verbs = {action.partition(":")[2] for policy in found.values() for action in policy}

        assert {verb for verb in verbs if not verb.startswith(("Get", "List", "Describe", "Lookup"))} == {"Decrypt"}

    def test_it_can_be_printed_alone(self, orgtrail):
        assert set(json.loads(orgtrail("role", "--plan-only").stdout)) == {"plan_role"}
        template = json.loads(orgtrail("role", "--plan-only", "--format", "cloudformation").stdout)
        assert set(template["Resources"]) == {"PlanRole"}
        assert set(json.loads(orgtrail("role", "--plan-only", "--format", "terraform").stdout)["variable"]) == {
            "planning_principal"
        }


class TestTheBoundary:
    def test_without_one_nothing_is_said_of_it_but_a_warning(self, orgtrail):
        answer = orgtrail("role", rest=FULL.replace(", permissions_boundary: bounds", ""))

        assert json.loads(answer.stdout)["permissions_boundary"] is None
        assert "PermissionsBoundary" not in answer.stdout
        assert "permissions_boundary isn't set: deployer can give the delivery roles any permission" in answer.stderr

    def test_with_one_the_delivery_roles_must_carry_it(self, orgtrail):
        answer = orgtrail("role", "payments")
        [policy, _states] = json.loads(answer.stdout)["deploy_role"]["policies"]
        bounded = [one for one in policy["document"]["Statement"] if "iam:CreateRole" in one["Action"]]

        assert [one["Condition"] for one in bounded] == [
            {"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::*:policy/bounds"}}
        ]


class TestLooking:
    def test_both_roles_may_do_what_preflight_asks(self, orgtrail):
        alarms = "alarms: {topic: 'arn:aws:sns:{region}:{account_id}:security-alarms'}"
        answer = orgtrail("role", archive="kms_key: managed", rest=f"{FULL[:-1]}, {alarms}}}")
        asked = {permission.action for _, check in EVERY for permission in check.permissions}

        for name in ("deploy_role", "plan_role"):
            assert {one for one in asked - set().union(*of_role(answer, name).values()) if one[:4] != "sts:"} == set()

    @pytest.mark.parametrize(
        ("topic", "of_accounts", "of_archive"),
        [
            (
                "arn:aws:sns:{region}:{account_id}:alarms",
                [("AlarmTopics", "arn:aws:sns:*:*:alarms"), ("AlarmTopicKeys", "arn:aws:kms:*:*:key/*")],
                [],
            ),
            (
                "arn:aws:sns:us-east-1:333333333333:of-{account_id}",
                [("AlarmTopics", "arn:aws:sns:*:*:of-*"), ("AlarmTopicKeys", "arn:aws:kms:*:*:key/*")],
                [],
            ),
            (
                "arn:aws:sns:{region}:222222222222:of-{account_id}",
                [],
                [
                    ("AlarmTopics", "arn:aws:sns:*:222222222222:of-*"),
                    ("AlarmTopicKeys", "arn:aws:kms:*:222222222222:key/*"),
                ],
            ),
            ("arn:aws:sns:{region}:999999999999:alarms", [("AlarmTopics", "arn:aws:sns:*:999999999999:alarms")], []),
            (None, [], []),
        ],
        ids=["its own", "its own, written out", "the archive's", "another account's", "no alarms"],
    )
    def test_a_topic_of_alarms_is_looked_at_in_the_account_that_is_asked_about_it(
        self, orgtrail, topic, of_accounts, of_archive
    ):
        rest = f"{FULL[:-1]}, alarms: {{topic: '{topic}'}}}}" if topic else FULL
        printed = json.loads(orgtrail("role", rest=rest).stdout)

        for role in ("deploy_role", "plan_role"):
            found = {
                policy["name"]: [
                    (one["Sid"], one["Resource"])
                    for one in policy["document"]["Statement"]
                    if one["Sid"].startswith("AlarmTopic")
                ]
                for policy in printed[role]["policies"]
            }
            assert (found["orgtrail-pipelines"], found["orgtrail-archive"]) == (of_accounts, of_archive)

    def test_the_key_of_a_topic_is_looked_at_where_an_account_of_the_file_owns_the_topic(self, orgtrail):
        accounts = ("name: payments", "name: security")
        rest = f"{FULL[:-1]}, alarms: {{topic: 'arn:aws:sns:{{region}}:444444444444:alarms'}}}}"
        printed = of_role(orgtrail("role", rest=rest, accounts=accounts), "plan_role")

        assert {"kms:GetKeyPolicy", "sns:GetTopicAttributes"} <= printed["orgtrail-pipelines"]

    def test_a_role_for_the_owner_of_a_topic_alone_looks_at_it_for_the_others(self, orgtrail):
        alarms = "alarms: {topic: 'arn:aws:sns:{region}:444444444444:alarms'}"
        accounts = (f"name: payments, {alarms}", "name: security")
        printed = of_role(orgtrail("role", "security", accounts=accounts), "plan_role")

        assert {"kms:GetKeyPolicy", "sns:GetTopicAttributes"} <= printed["orgtrail-pipelines"]

    def test_an_archive_with_a_key_of_somebody_else_is_looked_at_with_its_key(self, orgtrail):
        key = "arn:aws:kms:us-east-1:222222222222:key/11111111-2222-3333-4444-555555555555"
        [archive, _] = json.loads(orgtrail("role", "archive", archive=f"kms_key: {key}").stdout)["plan_role"][
            "policies"
        ]

        [looks] = [one for one in archive["document"]["Statement"] if one["Resource"] == key]
        assert looks["Action"] == ["kms:DescribeKey", "kms:GetKeyPolicy"]

    def test_both_roles_may_do_what_status_asks_an_account(self, orgtrail):
        asked = {
            *("cloudwatch:GetMetricData", "events:DescribeRule", "events:ListTargetsByRule", "iam:GetRole"),
            *("firehose:DescribeDeliveryStream", "iam:GetRolePolicy", "logs:GetLogEvents"),
            *("iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"),
        }

        for name in ("deploy_role", "plan_role"):
            assert asked <= of_role(orgtrail("role"), name)["orgtrail-pipelines"]


class TestTheTrail:
    OWN = FULL + "\ntrail: {scope: account, bucket: trails}"
    OF_ORGANIZATION = (
        FULL
        + "\norganization: {id: o-a1b2c3d4e5}\ntrail: {scope: organization, bucket: trails, account_id: '999999999999'}"
    )

    def test_without_one_nothing_makes_a_trail(self, orgtrail):
        assert not any("cloudtrail:CreateTrail" in part for part in of_role(orgtrail("role")).values())

    def test_accounts_with_trails_of_their_own_make_them(self, orgtrail):
        found = of_role(orgtrail("role", rest=self.OWN))

        assert {"cloudtrail:CreateTrail", "cloudtrail:DeleteTrail"} <= found["orgtrail-pipelines"]
        assert "organizations:ListAWSServiceAccessForOrganization" not in found["orgtrail-pipelines"]
        assert "s3:CreateBucket" in found["orgtrail-trail-files"]

    def test_that_of_the_organization_is_made_in_the_management_account(self, orgtrail):
        answer = orgtrail("role", rest=self.OF_ORGANIZATION)
        places = {part["name"]: part["account_id"] for part in json.loads(answer.stdout)["deploy_role"]["policies"]}

        assert places["orgtrail-trail"] == "999999999999"
        assert places["orgtrail-trail-files"] == "222222222222"
        assert "cloudtrail:CreateTrail" not in of_role(answer)["orgtrail-pipelines"]
        assert not [line for line in answer.stderr.splitlines() if "trail is made by" in line]

    def test_that_of_another_role_is_printed_by_itself(self, orgtrail):
        rest = self.OF_ORGANIZATION.replace("'999999999999'", "'999999999999', role: Admin, plan_role: Reader")
        answer = orgtrail("role", rest=rest)

        assert "orgtrail-trail" not in of_role(answer)
        told = "The organization's trail is made by arn:aws:iam::999999999999:role/Admin: print that role with"
        assert told in answer.stderr
        alone = orgtrail("role", "trail", rest=rest)
        assert json.loads(alone.stdout)["deploy_role"]["name"] == "Admin"
        assert set(of_role(alone)) == {"orgtrail-trail"}
        assert "with `role archive trail`" in alone.stderr

    def test_everything_at_once_fits_into_what_iam_allows(self, orgtrail):
        extra = "kms_key: managed, object_lock: {mode: governance, days: 1}, access_logs: {bucket: logs}"
        answer = orgtrail("role", archive=extra, state=f"{STATE}, kms_key_id: alias/states", rest=self.OF_ORGANIZATION)

        assert answer.exit_code == 0, answer.output


class TestTheTemplates:
    def test_cloud_formation_gives_each_account_what_is_its_own(self, orgtrail):
        template = json.loads(orgtrail("role", "--format", "cloudformation").stdout)
        role = template["Resources"]["DeployRole"]["Properties"]

        assert template["Conditions"] == {
            "OrgtrailArchive": {"Fn::Equals": [{"Ref": "AWS::AccountId"}, "222222222222"]},
            "OrgtrailStates": {"Fn::Equals": [{"Ref": "AWS::AccountId"}, "777777777777"]},
        }
        assert [policy.get("PolicyName") or policy["Fn::If"][0] for policy in role["Policies"]] == [
            "orgtrail-pipelines",
            "OrgtrailArchive",
            "OrgtrailStates",
        ]
        assert template["Parameters"]["DeployingPrincipal"]["Default"] == "arn:aws:iam::111111111111:role/ci"
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
            "AWS": {"Fn::Sub": "${DeployingPrincipal}"}
        }
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] == {
            "StringEquals": {"sts:ExternalId": "known"}
        }
        rule = {"Fn::Sub": "arn:aws:events:*:${AWS::AccountId}:rule/orgtrail-iam-events"}
        assert rule in [one["Resource"] for one in role["Policies"][0]["PolicyDocument"]["Statement"]]
        assert template["Resources"]["DeliveryBoundary"]["Properties"]["ManagedPolicyName"] == "bounds"

    def test_terraform_makes_the_same_policies(self, orgtrail):
        configuration = json.loads(orgtrail("role", "--format", "terraform").stdout)
        policies = configuration["resource"]["aws_iam_role_policy"]

        assert set(policies) == {
            f"{who}_{what}" for who in ("deploy", "plan") for what in ("pipelines", "archive", "states")
        }
        assert "${data.aws_caller_identity.current.account_id}" in policies["deploy_pipelines"]["policy"]
        assert "count" not in policies["deploy_pipelines"]
        assert '"222222222222" ? 1 : 0' in policies["deploy_archive"]["count"]

    def test_whoever_assumes_it_is_asked_for_where_the_file_does_not_say(self, orgtrail):
        answer = orgtrail("role", "--format", "cloudformation", rest="defaults: {regions: [us-east-1], role: deployer}")

        assert "Default" not in json.loads(answer.stdout)["Parameters"]["DeployingPrincipal"]
        assert "The file doesn't say who assumes deployer: the template asks for it" in answer.stderr


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ("role: other", "enter by different roles"),
        ("plan_role: other", "are planned by different roles"),
        ("external_id: other", "have different external ids"),
    ],
)
def test_what_one_template_cannot_be_for_is_refused(orgtrail, keys, problem):
    refused = orgtrail("role", accounts=("name: payments", f"name: ledger, {keys}"))

    assert refused.exit_code == 1
    assert f"archive and ledger {problem}, so one template isn't for both" in refused.stderr


class TestTheServiceControlPolicy:
    def test_it_fits_into_what_aws_allows_with_everything_that_an_archive_can_have(self, orgtrail):
        archive = "kms_key: managed, break_glass_role: custodian"
        answer = orgtrail("policy", "--scp", archive=archive)

        assert len(json.dumps(json.loads(answer.stdout), separators=(",", ":"))) < 5_120

    @pytest.mark.parametrize("scope", ["account", "organization"])
    def test_it_still_fits_with_a_trail_that_it_guards(self, orgtrail, scope):
        account = ", account_id: '999999999999'" if scope == "organization" else ""
        trail = (
            f"{FULL}\norganization: {{id: o-a1b2c3d4e5}}\ntrail: {{scope: {scope}, bucket: acme-cloudtrail{account}}}"
        )
        answer = orgtrail("policy", "--scp", archive="kms_key: managed, break_glass_role: custodian", rest=trail)

        document = json.loads(answer.stdout)
        guarded = {one["Sid"]: one["Resource"] for one in document["Statement"]}
        assert len(json.dumps(document, separators=(",", ":"))) < 5_120
        assert guarded["Trail"] == ["arn:aws:cloudtrail:*:*:trail/orgtrail"]
        assert guarded["Buckets"][-1] == "arn:aws:s3:::acme-cloudtrail"
        assert ("management account 999999999999, which no service" in answer.stderr) is (scope == "organization")

    def test_one_that_long_names_make_too_large_is_refused_with_what_makes_it_smaller(self, orgtrail):
        answer = orgtrail("policy", "--scp", *(f"--manager={'m' * 60}{number}" for number in range(20)))

        assert (answer.exit_code, answer.stdout) == (1, "")
        assert "1 deploy role and 20 managers. Name fewer managers, or shorter names of roles" in answer.stderr

    def test_no_trail_is_guarded_where_none_is_made(self, orgtrail):
        assert "cloudtrail" not in orgtrail("policy", "--scp").stdout

    def test_the_bucket_of_a_trail_is_guarded_beside_an_existing_archive_too(self, orgtrail):
        trail = f"{FULL}\ntrail: {{scope: account, bucket: acme-cloudtrail}}"
        assert "acme-cloudtrail" in orgtrail("policy", "--scp", archive="existing: true", rest=trail).stdout

    def test_the_deploy_role_puts_records_only_if_that_was_asked_for(self, orgtrail):
        def admitted(*options):
            document = json.loads(orgtrail("policy", "--scp", *options).stdout)
            events = next(one for one in document["Statement"] if one["Sid"] == "Events")
            return [arn.rpartition("/")[2] for arn in events["Condition"]["ArnNotLike"]["aws:PrincipalArn"]]

        assert admitted() == ["orgtrail-eventbridge"]
        assert admitted("--redrive") == ["orgtrail-eventbridge", "deployer"]

    def test_one_that_is_too_large_is_a_fault(self, orgtrail):
        names = [f'{{account_id: "{n:012}", name: a{n}, role: {"x" * 60}-{n}}}' for n in range(1, 40)]
        answer = orgtrail("policy", "--scp", rest=f"{FULL}\naccounts: [{', '.join(names)}]")

        assert answer.exit_code == 1
        assert "characters where AWS allows 5,120: it names 40 deploy roles" in answer.stderr

    def test_without_roles_there_is_nobody_to_admit(self, orgtrail):
        answer = orgtrail("policy", "--scp", rest="defaults: {regions: [us-east-1]}")

        assert answer.exit_code == 1
        assert "write `role` for every account, and for the archive" in answer.stderr

    def test_terraform_attaches_it_where_a_variable_says(self, orgtrail):
        printed = json.loads(orgtrail("policy", "--scp").stdout)
        configuration = json.loads(orgtrail("policy", "--scp", "--format", "terraform").stdout)

        [policy] = configuration["resource"]["aws_organizations_policy"].values()
        assert json.loads(policy["content"]) == printed
        assert policy["type"] == "SERVICE_CONTROL_POLICY"

    def test_an_existing_archive_is_left_to_its_owner(self, orgtrail):
        assert "acme-iam-events" not in orgtrail("policy", "--scp", archive="existing: true").stdout
