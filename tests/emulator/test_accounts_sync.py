"""`accounts sync` against an emulated AWS Organizations."""

import json
from collections import Counter
from types import SimpleNamespace

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from moto.organizations.exceptions import OrganizationsClientError
from moto.organizations.models import FakeAccount, OrganizationsBackend, organizations_backends
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.aws import AccountSession
from orgtrail.onboarding.organization import read_organization
from orgtrail.settings import Sync

MANAGEMENT = "123456789012"  # the account that moto takes callers for
ACCOUNTS = 130  # seven pages


@pytest.fixture
def client(empty_aws, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anybody")
    return boto3.client("organizations", region_name="us-east-1")


class World:
    """An organization: /Workloads/Prod and /Workloads/Dev with accounts, others in the root; and a file for it."""

    def __init__(self, client, folder):
        self.client = client
        self.id = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        self.root = client.list_roots()["Roots"][0]["Id"]
        self.workloads = self.unit(self.root, "Workloads")
        self.prod, self.dev = self.unit(self.workloads, "Prod"), self.unit(self.workloads, "Dev")
        self.file = folder / "accounts.yaml"

    def unit(self, parent, name):
        return self.client.create_organizational_unit(ParentId=parent, Name=name)["OrganizationalUnit"]["Id"]

    def account(self, name, parent=None, **tags):
        made = self.client.create_account(
            AccountName=name, Email=f"{name}@example.com", Tags=[{"Key": key, "Value": tags[key]} for key in tags]
        )["CreateAccountStatus"]["AccountId"]
        if parent:
            self.client.move_account(AccountId=made, SourceParentId=self.root, DestinationParentId=parent)
        return made

    def in_aws(self, account_id) -> FakeAccount:
        """What the emulator has of an account, to change what AWS has no call for."""
        return organizations_backends[MANAGEMENT]["aws"].get_account_by_id(account_id)

    def write(self, accounts="accounts: []\n", sync="", organization=None):
        self.file.write_text(
            f"# All of it\norganization: {{id: {organization or self.id}}}\n"
            'archive: {account_id: "222222222222", region: us-east-1, bucket: acme-iam-events}\n'
            f"state: {{backend: local}}\ndefaults: {{regions: us-east-1}}\nsync: {{{sync}}}\n{accounts}"
        )
        return self.file.read_text()

    def run(self, *arguments):
        return CliRunner().invoke(application(), ["accounts", "sync", "--accounts", str(self.file), *arguments])

    def document(self, *arguments):
        return json.loads(self.run("--json", *arguments).stdout)


@pytest.fixture
def world(client, tmp_path):
    return World(client, tmp_path)


def test_an_organization_of_many_pages_is_taken_over_and_then_there_is_nothing_to_do(world):
    for number in range(ACCOUNTS):
        world.account(f"team {number}", (world.prod, world.dev, None)[number % 3], env=f"e{number % 2}")
    before = world.write(sync="organizational_units: [/Workloads], copy_tags: [env]")
    behind = world.run("--check")
    shown = world.run()
    assert (behind.exit_code, shown.exit_code, world.file.read_text()) == (2, 0, before)

    written = world.run("--write")
    assert written.exit_code == 0, written.stderr
    in_workloads = ACCOUNTS - ACCOUNTS // 3
    assert world.file.read_text().count("- account_id:") == in_workloads
    assert Counter(line[:1] for line in shown.stdout.splitlines())["+"] == 1 + in_workloads * 3 + 1

    again = world.run("--check")
    assert (again.exit_code, "nothing to do" in again.stdout) == (0, True)
    assert f"has {ACCOUNTS + 1} accounts, says account {MANAGEMENT}, its management account" in again.stdout


def test_what_joined_was_renamed_closed_and_left_is_told_at_once(world):
    joined, renamed, closed = world.account("new"), world.account("Payments"), world.account("old")
    world.in_aws(closed).state = "PENDING_CLOSURE"
    before = world.write(
        f'accounts:\n  - account_id: "{renamed}" # the bank\n    name: pay\n'
        f'  - account_id: "{closed}"\n    name: old\n  - account_id: "999999999999"\n    name: gone # why?\n'
    )
    document = world.document("--write")

    assert {(one["kind"], one["account_id"], one["name"]) for one in document["changes"]} == {
        ("joined", joined, "new"),
        ("renamed", renamed, "payments"),
        ("marked", closed, "old"),
        ("left", "999999999999", "gone"),
    }
    assert (document["organization"], document["asked"], document["written"]) == (world.id, MANAGEMENT, True)
    assert "mv -n -- terraform.pay.tfstate terraform.payments.tfstate" in document["notices"][0]
    assert (
        world.file.read_text()
        == before.replace("name: pay\n", "name: payments\n").replace("name: old\n", "name: old\n    status: closed\n")
        + f'  - account_id: "{joined}"\n    name: new\n'
    )
    assert [one["kind"] for one in world.document()["changes"]] == ["left"]


class TestAFileThatIsBehind:
    """Nothing would arrive from such an account: see docs/silence.md."""

    def told(self, world):
        done = world.run("--check")
        assert done.exit_code == 2
        return done.stdout

    @pytest.mark.silence("account-not-in-the-file", "accounts sync --check")
    def test_an_account_that_has_joined_is_told(self, world, caught):
        world.account("new")
        world.write()

        caught(self.told(world))

    @pytest.mark.silence("suspended", "accounts sync --check")
    def test_an_account_that_is_suspended_is_told(self, world, caught):
        suspended = world.account("old")
        world.in_aws(suspended).state = "SUSPENDED"
        world.write(f'accounts:\n  - account_id: "{suspended}"\n    name: old\n')

        caught(self.told(world))

    @pytest.mark.silence("left-the-organization", "accounts sync --check")
    def test_an_account_that_has_left_is_told(self, world, caught):
        world.write('accounts:\n  - account_id: "999999999999"\n    name: gone\n')

        caught(self.told(world))


def test_an_account_that_tells_its_state_in_the_retired_field_alone_is_understood(world, monkeypatch):
    closed = world.account("old")
    world.in_aws(closed).status = "SUSPENDED"
    describe = FakeAccount.describe

    def retired(self):
        told = describe(self)
        return {key: value for key, value in told.items() if key != "State"}

    monkeypatch.setattr(FakeAccount, "describe", retired)
    world.write(f'accounts:\n  - {{account_id: "{closed}", name: old}}\n')

    assert [one["text"] for one in world.document()["changes"]] == ["active → suspended (SUSPENDED)"]


def test_tags_choose_accounts_and_units_by_their_ids_do(world):
    wanted, other = world.account("a", world.prod, orgtrail="yes"), world.account("b", world.prod, orgtrail="no")
    world.account("c", world.dev, orgtrail="yes")
    world.write(sync=f"organizational_units: [{world.prod}], tags: {{orgtrail: y*}}")

    assert [one["account_id"] for one in world.document()["changes"]] == [wanted]
    world.write(
        sync=f"organizational_units: [{world.prod}], tags: {{orgtrail: y*}}, include: ['{other}'], exclude: [a]"
    )
    assert [one["account_id"] for one in world.document()["changes"]] == [other]


def test_a_role_is_assumed_and_the_account_that_answered_is_named(world):
    member = world.account("security")
    world.client.register_delegated_administrator(AccountId=member, ServicePrincipal="ssm.amazonaws.com")
    session = AccountSession(Sync(role=f"arn:aws:iam::{MANAGEMENT}:role/R", account_id=MANAGEMENT), "us-east-1")

    assert read_organization(session, (), None).asked == MANAGEMENT
    world.write(sync=f"role: 'arn:aws:iam::{member}:role/R'")
    done = world.run()
    # AWS lists the accounts to a delegated administrator, too. The emulator lists none, and isn't believed.
    assert (done.exit_code, "listed 0 accounts, but not" in done.stderr) == (1, True)
    assert member in done.stderr


def test_calls_that_aws_throttles_are_repeated(world, monkeypatch):
    world.account("new")
    world.write()
    asked, refusals = OrganizationsBackend.list_accounts, iter(range(2))

    def throttle(*arguments, **options):
        if next(refusals, None) is None:
            return asked(*arguments, **options)
        raise OrganizationsClientError("TooManyRequestsException", "Rate exceeded")

    monkeypatch.setattr(OrganizationsBackend, "list_accounts", throttle)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    done = world.run("--check")

    assert (done.exit_code, list(refusals)) == (2, []), done.stderr


class TestTrouble:
    """One line each, status 1, and the file as it was."""

    def refused(self, world, *arguments):
        before = world.file.read_bytes()
        done = world.run(*arguments)

        assert (done.exit_code, done.stdout, world.file.read_bytes()) == (1, "", before)
        assert not isinstance(done.exception, Exception) or isinstance(done.exception, SystemExit)
        return done.stderr.splitlines()[-1]

    def test_without_credentials_nothing_is_proposed(self, world, monkeypatch):
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        world.write()

        assert self.refused(world, "--write") == (
            "AWS Organizations can't be read as a whole, so nothing is proposed: Unable to locate credentials. Only "
            "the management account and delegated administrators may ask: see sync.role and sync.profile"
        )

    @pytest.mark.parametrize(
        ("code", "message", "told"),
        [
            ("ExpiredTokenException", "The security token included in the request is expired", "is expired"),
            ("AccessDeniedException", "You don't have permissions", "see sync.role and sync.profile"),
            ("AWSOrganizationsNotInUseException", "Your account is not a member", "is in no organization"),
            ("TooManyRequestsException", "Rate exceeded", "AWS throttled the calls for minutes"),
        ],
    )
    def test_an_error_of_aws_is_told_with_what_to_do(self, world, monkeypatch, code, message, told):
        def refuse(*_arguments):
            raise ClientError({"Error": {"Code": code, "Message": message}}, "DescribeOrganization")

        monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)
        world.write()
        line = self.refused(world)

        assert line.startswith("AWS Organizations can't be read as a whole, so nothing is proposed: ")
        assert told in line

    def test_an_answer_that_is_not_of_aws_is_refused(self, world, monkeypatch):
        def parse(*_arguments):
            raise ResponseParserError("Unable to parse response (no element found)")

        monkeypatch.setattr("botocore.client.BaseClient._make_api_call", parse)
        world.write()

        assert "so nothing is proposed: Unable to parse response" in self.refused(world)

    @pytest.mark.parametrize("call", ["ListAccounts", "ListAccountsForParent", "ListTagsForResource"])
    def test_a_page_that_fails_half_way_makes_nobody_look_gone(self, world, monkeypatch, call):
        from botocore.client import BaseClient

        for number in range(50):
            world.account(f"team {number}", world.prod)
        world.write(sync="organizational_units: [/], copy_tags: [env]")
        assert world.run("--write").exit_code == 0
        asked = vars(BaseClient)["_make_api_call"]
        calls: Counter[str] = Counter()

        def fail_the_second(self, operation, arguments):
            calls[operation] += 1
            if operation == call and calls[operation] > 1:
                raise ClientError({"Error": {"Code": "ServiceException", "Message": "half"}}, operation)
            return asked(self, operation, arguments)

        monkeypatch.setattr(BaseClient, "_make_api_call", fail_the_second)
        assert "so nothing is proposed: An error occurred (ServiceException)" in self.refused(world, "--write")

    def test_a_list_without_those_who_must_be_in_it_is_not_believed(self, world, monkeypatch):
        world.write()
        monkeypatch.setattr("orgtrail.onboarding.organization._members", lambda _client: iter(()), raising=True)

        assert self.refused(world) == (
            f"AWS Organizations listed 0 accounts, but not {MANAGEMENT}, which must be among them: the list isn't whole"
        )

    @pytest.mark.silence("another-organization", "accounts sync --check")
    def test_credentials_of_another_organization_are_refused(self, world, caught):
        world.write(organization="o-another0000")
        caught(self.refused(world))

        assert self.refused(world) == (
            f"The credentials are of account {MANAGEMENT}, which is in organization {world.id}, and not in "
            "o-another0000, which organization.id names"
        )

    def test_a_unit_that_is_not_there_is_told_with_those_that_are(self, world):
        world.write(sync="organizational_units: [/Workloads/Prd]")

        assert self.refused(world) == "The organization has no unit /Workloads/Prd: Prd isn't among Dev, Prod"

    def test_a_file_that_cannot_be_edited_shows_what_to_do_by_hand(self, world):
        account = world.account("new", env="prod")
        before = world.write(
            'accounts:\n  - account_id: "999999999999"\n    name: old\n    tags: &t {env: dev}\n'
            f'  - account_id: "{account}"\n    name: new\n    tags: *t\n',
            sync="copy_tags: [env], exclude: [old]",
        )
        done = world.run("--write")

        assert (done.exit_code, world.file.read_text()) == (1, before)
        assert f"{account}   tagged   env=prod" in done.stdout
        assert "can't be edited here: make these changes by hand" in done.stderr

    def test_a_file_that_somebody_changes_meanwhile_is_left_as_it_is(self, world, monkeypatch):
        world.account("new")
        world.write()

        def read(*arguments):
            with world.file.open("a") as file:
                file.write("# somebody's\n")
            return read_organization(*arguments)

        monkeypatch.setattr("orgtrail.onboarding.organization.read_organization", read)
        done = world.run("--write")

        assert done.exit_code == 1
        assert done.stderr.splitlines()[-1].endswith("was changed meanwhile, and is left as it is now: run this again")
        assert world.file.read_text().endswith("accounts: []\n# somebody's\n")

    def test_check_and_write_exclude_each_other(self, world):
        world.write()

        assert "--check and --write exclude each other" in world.run("--check", "--write").stderr
