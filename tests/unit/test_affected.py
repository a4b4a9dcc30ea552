"""What is affected between two revisions: real git repositories, and files that differ in every way."""

import json
import subprocess
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.affected import Affected, Reason, affected, find
from orgtrail.affected.changes import changes, changes_at_a_glance, changes_in_full
from orgtrail.affected.code import project_imports
from orgtrail.affected.compare import NOT_IN_AN_ACCOUNTS_STACK, OF_THE_ARCHIVE_ALONE, compare
from orgtrail.affected.git import RevisionError
from orgtrail.affected.outline import outline
from orgtrail.affected.version import Version
from orgtrail.commands.affected import affected as affected_command
from orgtrail.layout import Layout
from orgtrail.settings import (
    AccessLogs,
    Catalog,
    Fault,
    Former,
    InvalidSettings,
    MovingFrom,
    ObjectLock,
    Settings,
    Transition,
)
from orgtrail.weaker.settings import weaker_settings
from tests import builders
from tests.builders import REPOSITORY, an_account, an_archive, settings

HEAD = """\
organization: {id: o-a1b2c3d4e5}
archive: {account_id: "222222222222", region: us-east-1, bucket: acme-iam-events}
state: {backend: s3, bucket: acme-state, region: us-east-1}
defaults:
  regions: [us-east-1]
accounts:
"""
PAYMENTS = '  - account_id: "333333333333"\n    name: payments\n'
DATA = '  - account_id: "444444444444"\n    name: data\n    compression: GZIP\n'
LEGACY = '  - account_id: "555555555555"\n    name: legacy\n    status: suspended\n'
FILE = HEAD + PAYMENTS + DATA + LEGACY


class Project:
    """A repository with a small app and an accounts file, whose first commit is tagged `base`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.accounts = folder / "accounts.yaml"
        self.git("init", "-q")
        self.write("accounts.yaml", FILE)
        self.write("main.py", "from orgtrail.settings import load\nfrom constructs.stack import Stack\n")
        self.write("constructs/stack.py", "from orgtrail import names\n")
        self.write("orgtrail/__init__.py", "")
        self.write("orgtrail/names.py", "")
        self.write("orgtrail/settings/__init__.py", "from orgtrail.settings.read import load\n")
        self.write("orgtrail/settings/read.py", "load = None\n")
        self.write("orgtrail/commands.py", "")
        self.write("cdktf.json", "{}\n")
        self.write("requirements.txt", "cdktf==0.21.0\n")
        self.commit()
        self.git("tag", "base")

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def edit(self, old: str, new: str) -> None:
        text = self.accounts.read_text()
        assert old in text
        self.accounts.write_text(text.replace(old, new))

    def commit(self) -> None:
        self.git("add", ".")
        self.git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "-")

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.folder, check=True, capture_output=True)

    def affected(self, base: str = "base", head: str | None = None) -> Affected:
        return affected(self.accounts, base, head, app=self.folder)

    @property
    def reasons(self) -> dict[str, tuple[str, ...]]:
        return self.affected().in_words


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


# Settings


def test_without_a_change_nothing_is_affected(project):
    assert project.affected() == Affected()


def test_a_comment_affects_nothing(project):
    project.edit("name: data", "name: data # the lake")
    assert project.affected() == Affected()


def test_another_way_of_writing_the_same_affects_nothing(project):
    project.accounts.write_text(yaml.safe_dump(yaml.safe_load(FILE), sort_keys=False))
    assert project.affected() == Affected()


def test_another_order_of_accounts_affects_nothing(project):
    project.accounts.write_text(HEAD + DATA + LEGACY + PAYMENTS)
    assert project.affected() == Affected()


def test_a_new_account_affects_itself_and_the_archives_catalog(project):
    project.edit(DATA, DATA + '  - account_id: "666666666666"\n    name: sandbox\n')
    assert project.reasons == {"sandbox": ("new",), "archive": ("1 account added: sandbox",)}


def test_a_new_account_leaves_an_archive_without_catalog_alone(project):
    project.edit("bucket: acme-iam-events", "bucket: acme-iam-events, catalog: false")
    project.commit()
    project.git("tag", "-f", "base")
    project.edit(DATA, DATA + '  - account_id: "666666666666"\n    name: sandbox\n')
    assert project.reasons == {"sandbox": ("new",)}


def test_a_new_account_is_in_the_policy_of_an_archive_without_organization_id(project):
    project.edit("organization: {id: o-a1b2c3d4e5}\n", "")
    project.edit("bucket: acme-iam-events", "bucket: acme-iam-events, catalog: false")
    project.commit()
    project.git("tag", "-f", "base")
    project.edit(DATA, "")
    assert project.reasons["archive"] == ("the accounts in the bucket's policy changed",)


def test_other_regions_affect_the_account_and_the_catalog(project):
    project.edit("name: data", "name: data\n    regions: [us-east-1, eu-west-1]")
    assert project.reasons == {
        "data": ("regions: us-east-1 → us-east-1, eu-west-1",),
        "archive": ("1 account with other regions: data",),
    }


def test_a_removed_account_is_told(project):
    project.edit(DATA, "")
    (removed,) = project.affected().removed
    assert (removed.name, removed.account_id) == ("data", "444444444444")


def test_another_account_of_the_same_name_is_new_and_the_old_one_removed(project):
    project.edit("444444444444", "666666666666")
    result = project.affected()
    assert result.in_words["data"] == ("new",)
    assert [account.account_id for account in result.removed] == ["444444444444"]


def test_a_default_affects_the_accounts_that_dont_say_otherwise(project):
    project.edit("defaults:\n", "defaults:\n  compression: GZIP\n")
    assert project.reasons == {"payments": ("defaults.compression changed",)}


def test_a_suspended_account_is_skipped(project):
    project.edit("name: legacy", "name: legacy\n    compression: GZIP")
    result = project.affected()
    assert (result.accounts, [one.name for one in result.skipped]) == ((), ["legacy"])


def test_an_account_that_is_suspended_now_is_skipped_with_its_status_as_the_reason(project):
    project.edit("name: data", "name: data\n    status: suspended")
    (skipped,) = project.affected().skipped
    assert skipped.why == "is suspended now: its stack is no longer deployed, and what it has stays"
    assert skipped.reasons == (Reason("setting", "status: active → suspended", "status", "active", "suspended"),)


def test_an_account_that_is_suspended_now_is_told_so_where_the_code_changed_too(project):
    project.edit("name: data", "name: data\n    status: suspended")
    project.write("main.py", "# changed\n")
    skipped = {one.name: one for one in project.affected().skipped}
    assert skipped["data"].why.startswith("is suspended now")
    assert [reason.kind for reason in skipped["data"].reasons] == ["setting", "code"]
    assert skipped["legacy"].why == "is suspended"


def test_an_account_that_is_active_again_is_affected(project):
    project.edit("    status: suspended\n", "")
    assert project.reasons == {"legacy": ("status: suspended → active",)}


def test_what_the_archive_keeps_to_itself_affects_no_account(project):
    project.edit("bucket: acme-iam-events", "bucket: acme-iam-events, expire_days: 400")
    assert project.reasons == {"archive": ("archive.expire_days: none → 400",)}


def test_another_bucket_affects_every_stack(project):
    project.edit("acme-iam-events", "acme-events")
    why = ("archive.bucket: acme-iam-events → acme-events",)
    assert project.reasons == {"archive": why, "payments": why, "data": why}


def test_another_state_affects_every_stack(project):
    project.edit("{backend: s3, bucket: acme-state, region: us-east-1}", "{backend: local}")
    assert set(project.reasons.values()) == {("state.backend: s3 → local",)}


def test_another_organization_affects_the_archive_alone(project):
    project.edit("o-a1b2c3d4e5", "o-zzzzzzzzzz")
    assert project.reasons == {"archive": ("organization.id: o-a1b2c3d4e5 → o-zzzzzzzzzz",)}


def test_the_waves_affect_nothing(project):
    project.edit("accounts:\n", "rollout: {waves: [{name: first, accounts: [data]}]}\naccounts:\n")
    assert project.affected() == Affected()


def test_a_new_name_tells_that_a_state_named_after_it_moves():
    before, after = an_account(name="old"), an_account(name="new")
    result = compare(settings(before), settings(after), {})
    assert result.in_words["new"] == (
        "name: old → new",
        "its state moves: terraform.old.tfstate → terraform.new.tfstate",
    )


def test_a_role_that_differs_by_a_variable_of_the_account_is_not_blamed_on_defaults(project):
    project.edit("defaults:\n", 'defaults:\n  role: "deploy-{team}"\n  vars: {team: a}\n')
    project.commit()
    project.git("tag", "-f", "base")
    project.edit("name: data", "name: data\n    vars: {team: b}")
    (reason,) = project.reasons["data"]
    assert reason.startswith("role")


# Reasons, as programs read them


@pytest.mark.parametrize(
    ("old", "new", "name", "reason"),
    [
        (
            "name: data",
            "name: data\n    regions: [eu-west-1, us-east-1]",
            "data",
            ("setting", "regions", "us-east-1", "eu-west-1, us-east-1"),
        ),
        (
            "  regions: [us-east-1]",
            "  regions: [us-east-1, eu-west-1]",
            "payments",
            ("default", "defaults.regions", "us-east-1", "us-east-1, eu-west-1"),
        ),
        ("name: data", "name: data\n    tags: {env: prod}", "data", ("setting", "tags", None, "env=prod")),
        (
            "bucket: acme-iam-events",
            'bucket: acme-iam-events, layout: "iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/"',
            "payments",
            (
                "setting",
                "archive.layout",
                "{account_id}/{region}/{yyyy}/{MM}/{dd}/",
                "iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/",
            ),
        ),
        (
            "bucket: acme-iam-events",
            "bucket: acme-iam-events, object_lock: {mode: governance, days: 10}",
            "archive",
            ("setting", "archive.object_lock", None, "mode=governance, days=10"),
        ),
        (
            "backend: s3, bucket: acme-state, region: us-east-1",
            "backend: local",
            "data",
            ("setting", "state.backend", "s3", "local"),
        ),
        ("o-a1b2c3d4e5", "o-zzzzzzzzzz", "archive", ("setting", "organization.id", "o-a1b2c3d4e5", "o-zzzzzzzzzz")),
    ],
)
def test_a_reason_has_the_path_of_what_changed_with_both_values(project, old, new, name, reason):
    project.edit(old, new)
    found = project.affected()
    stacks = {one.name: one.reasons for one in found.stacks}
    assert reason in [(one.kind, one.key, one.before, one.after) for one in stacks[name]]


def test_a_long_value_is_left_out_of_the_words_alone():
    before, after = an_account(), an_account(tags={"why": "x" * 100})
    ((_stack, (reason,)),) = compare(settings(before), settings(after), {}).accounts
    assert (reason.text, reason.before, reason.after) == ("tags changed", None, "why=" + "x" * 100)


# Code


@pytest.mark.parametrize("path", ["main.py", "constructs/stack.py", "cdktf.json", "requirements.txt"])
def test_what_every_stack_comes_from_affects_every_stack(project, path):
    project.write(path, "# changed\n")
    why = (f"{path} changed",)
    assert project.reasons == {"archive": why, "payments": why, "data": why}


def test_a_module_that_the_app_imports_by_way_of_another_affects_every_stack(project):
    project.write("orgtrail/settings/read.py", "load = 1\n")
    assert project.affected().everywhere == (
        Reason("code", "orgtrail/settings/read.py changed", "orgtrail/settings/read.py"),
    )


def test_a_module_that_the_app_doesnt_import_affects_nothing(project):
    project.write("orgtrail/commands.py", "# changed\n")
    assert project.affected() == Affected()


def test_data_beside_the_code_affects_every_stack(project):
    project.write("orgtrail/regions.json", "{}")
    assert project.affected().everywhere == (Reason("code", "orgtrail/regions.json changed", "orgtrail/regions.json"),)


def test_a_file_that_git_doesnt_know_yet_counts(project):
    project.write("constructs/alarm.py", "")
    assert project.affected().everywhere == (Reason("code", "constructs/alarm.py changed", "constructs/alarm.py"),)


def test_a_file_that_git_ignores_doesnt_count(project):
    project.write(".gitignore", "__pycache__/\n")
    project.write("constructs/__pycache__/stack.pyc", "")
    assert project.affected() == Affected()


def test_a_file_that_is_gone_counts(project):
    (project.folder / "constructs" / "stack.py").unlink()
    assert project.affected().everywhere == (Reason("code", "constructs/stack.py changed", "constructs/stack.py"),)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"moving_from": MovingFrom(layout=Layout("x/{account_id}/{region}/{yyyy}/{MM}/{dd}/"))},
            "archive.moving_from.layout: none → x/{account_id}/{region}/{yyyy}/{MM}/{dd}/",
        ),
        ({"object_lock": ObjectLock("governance", 10)}, "archive.object_lock: none → mode=governance, days=10"),
        (
            {"transitions": (Transition(30, "GLACIER_IR"),)},
            "archive.transitions: none → days=30, storage_class=GLACIER_IR",
        ),
        (
            {"former": Former(layouts=(Layout(),))},
            "archive.former.layouts: none → {account_id}/{region}/{yyyy}/{MM}/{dd}/",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_reason_shows_values_as_they_are_written_and_not_as_they_are_kept(changed, reason):
    before, after = settings(an_account()), settings(an_account(), archive=an_archive(**changed))

    assert compare(before, after, {}).in_words["archive"] == (reason,)


def test_reasons_of_code_come_with_those_of_settings(project):
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    project.write("main.py", "# changed\n")
    assert project.reasons["data"] == ("compression: GZIP → UNCOMPRESSED", "main.py changed")


def test_the_imports_of_this_app_are_what_synthesis_needs():
    def read(path: str) -> str | None:
        file = REPOSITORY / path
        return file.read_text() if file.is_file() else None

    imported = project_imports(read)
    assert {"main.py", "constructs/account_stack.py", "orgtrail/settings/model.py", "orgtrail/layout.py"} <= imported
    assert not {path for path in imported if path.startswith(("orgtrail/commands/", "orgtrail/affected/"))}


# Revisions


def test_two_revisions_are_compared_whatever_the_work_tree_holds(project):
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    project.commit()
    project.accounts.write_text("nonsense")
    assert project.affected(head="HEAD").in_words == {"data": ("compression: GZIP → UNCOMPRESSED",)}


def test_an_accounts_file_elsewhere_in_the_repository(project):
    project.accounts = project.folder / "organizations" / "emea" / "accounts.yaml"
    project.write("organizations/emea/accounts.yaml", FILE)
    project.commit()
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    assert project.affected("HEAD").in_words == {"data": ("compression: GZIP → UNCOMPRESSED",)}


def test_an_app_below_the_top_of_the_repository(tmp_path):
    (tmp_path / "infra").mkdir()
    project = Project(tmp_path / "infra")
    project.git("init", "-q", str(tmp_path))
    project.write("main.py", "# changed\n")
    assert project.affected().everywhere == (Reason("code", "main.py changed", "main.py"),)


def test_without_the_accounts_file_in_base_all_is_new(project):
    project.git("mv", "accounts.yaml", "organization.yaml")
    project.accounts = project.folder / "organization.yaml"
    assert project.reasons == dict.fromkeys(["archive", "payments", "data"], ("new",))


def test_with_an_invalid_file_in_base_all_is_affected(project):
    project.accounts.write_text("accounts: 1\n")
    project.commit()
    project.accounts.write_text(FILE)
    result = project.affected("HEAD")
    assert set(result.in_words) == {"archive", "payments", "data"}
    assert result.everywhere[0].text.startswith("can't be compared: HEAD:accounts.yaml:1:")


def test_faults_of_the_file_are_told_with_their_place(project):
    project.edit("compression: GZIP", "compression: ZIP")
    with pytest.raises(InvalidSettings) as caught:
        project.affected()
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [(str(project.accounts), 11)]


def test_an_id_that_an_unchanged_account_has_is_a_fault(project):
    project.edit(LEGACY, LEGACY + '  - account_id: "333333333333"\n    name: sandbox\n')
    with pytest.raises(InvalidSettings, match="account_id of accounts"):
        project.affected()


@pytest.mark.parametrize("revision", ["nowhere", "", "--help", "HEAD:accounts.yaml"])
def test_what_is_no_revision(project, revision):
    with pytest.raises(RevisionError, match="is not a revision of this repository"):
        project.affected(revision)


def test_outside_of_a_repository(tmp_path):
    (tmp_path / "accounts.yaml").write_text(FILE)
    with pytest.raises(RevisionError, match="is in no git work tree"):
        affected(tmp_path / "accounts.yaml", "HEAD", app=tmp_path)


def test_an_accounts_file_in_another_repository_than_the_app(project, tmp_path_factory):
    other = Project(tmp_path_factory.mktemp("other"))
    with pytest.raises(RevisionError, match="in another repository"):
        affected(other.accounts, "base", app=project.folder)


def test_a_shallow_clone_is_told_what_to_fetch(project, tmp_path):
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    project.commit()
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", "--no-tags", f"file://{tmp_path}", tmp_path / "clone"], check=True
    )
    with pytest.raises(RevisionError, match="fetch-depth: 0"):
        affected(tmp_path / "clone" / "accounts.yaml", "HEAD~1", app=tmp_path / "clone")


# The short cut


IDS = [f"{number:012}" for number in range(6)]
# What a line alone could be mistaken for.
CONFUSING = st.sampled_from(["- account_id: x", "a\n- b\n", "\n  - c", "accounts:", "# d", "é: 'f'", "", " "])
ODD_VALUES: Any = st.sampled_from(
    [None, 1, 0.5, True, {"a": [1, {}]}, [[]], "2026-01-01", "1:30", "0x1f", "null", "<<"]
)
SETTINGS_OF_AN_ACCOUNT = {
    "name": st.sampled_from(["one", "One-1", "two", "three"]),
    "email": st.sampled_from(["a@example.com", "b@example.com"]),
    "regions": st.sampled_from([["us-east-1"], ["eu-west-1", "us-east-1"], "all"]),
    "events": st.sampled_from(["identity", {"read_only": True}]),
    "role": st.sampled_from(["deploy", "{team}-deploy", "{name}", ["arn:aws:iam::{account_id}:role/hop", "deploy"]]),
    "vars": st.sampled_from([{"team": "blue"}, {"team": "red"}]) | st.builds(dict, note=CONFUSING | ODD_VALUES),
    "status": st.sampled_from(["active", "suspended", "closed"]),
    "enabled": st.booleans(),
    "compression": st.sampled_from(["GZIP", "UNCOMPRESSED"]),
    "tags": st.dictionaries(st.sampled_from(["env", "team"]), st.sampled_from(["a", "b"]), max_size=2)
    | st.just(["path:/", "path:/prod"]),
}
ACCOUNT = st.fixed_dictionaries({"account_id": st.sampled_from(IDS)}, optional=SETTINGS_OF_AN_ACCOUNT)
EDIT = st.fixed_dictionaries({}, optional=SETTINGS_OF_AN_ACCOUNT)
ACCOUNTS = st.lists(
    ACCOUNT,
    min_size=3,
    max_size=6,
    unique_by=(lambda one: one["account_id"], lambda one: str(one.get("name", one["account_id"])).lower()),
)
DEFAULTS = st.fixed_dictionaries(
    {"regions": st.just(["us-east-1"]), "vars": st.sampled_from([{"team": "a"}, {"team": "b"}])},
    optional={
        "role": st.sampled_from(["{team}-deploy", "deploy-{name}", "deploy-one", "arn:aws:iam::{account_id}:role/a"]),
        "compression": st.just("GZIP"),
        "tags": st.sampled_from([{"env": "a"}, ["owner:security"]]),
        "enabled": st.booleans(),
    },
)
DOCUMENT = st.fixed_dictionaries(
    {
        "archive": st.sampled_from(
            [{"bucket": "acme-iam-events"}, {"bucket": "other-events"}, {"bucket": "acme-iam-events", "catalog": False}]
        ),
        "state": st.sampled_from(
            [
                {"backend": "local"},
                {"backend": "local", "path": "{account_id}"},
                {"backend": "cloud", "organization": "a"},
            ]
        ),
        "defaults": DEFAULTS,
        "organization": st.sampled_from([{"id": "o-a1b2c3d4e5"}, {"id": "o-zzzzzzzzzz"}, None]),
    },
    optional={
        "rollout": st.sampled_from([{"parallelism": 3}, {"waves": [{"name": "one", "accounts": ["one"]}]}]),
    },
)
STYLE = st.fixed_dictionaries(
    {
        "indent": st.sampled_from([2, 4]),
        "width": st.sampled_from([20, 200]),
        "default_style": st.sampled_from([None, None, '"', "'"]),
        "allow_unicode": st.booleans(),
        "line_break": st.sampled_from(["\n", "\r\n"]),
    }
)
COMMENTS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["# comment\n", "  # - comment\n"])), max_size=3)
MISHAPS = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["- ", "  ", "x", "&a ", "*a", "\n", "[", "'"])), max_size=2
)


def _version(name: str, document: dict[str, Any], style: dict[str, Any], inserted: list[tuple[float, str]]) -> Version:
    archive = {"account_id": "222222222222", "region": "us-east-1", **document["archive"]}
    accounts = [{"name": f"account-{one['account_id']}", **one} for one in document["accounts"]]
    whole = {**document, "archive": archive, "accounts": accounts}
    # Copied, or YAML would have anchors for what is drawn twice.
    text: str = yaml.safe_dump(json.loads(json.dumps(whole)), sort_keys=False, default_flow_style=False, **style)
    lines = text.splitlines(keepends=True)
    for where, what in inserted:
        lines.insert(int(where * len(lines)), what)
    return Version(Path(name), "".join(lines).encode())


@st.composite
def two_versions(draw: st.DrawFn, inserted: Any, *, around_accounts: bool = True) -> tuple[Version, Version]:
    """Two files that have accounts in common, as two revisions have; may they differ elsewhere, too?"""
    document, style, accounts = draw(DOCUMENT), draw(STYLE), draw(ACCOUNTS)
    kept = [account for number, account in enumerate(accounts) if number == 0 or draw(st.integers(0, 3))]
    edited = [draw(st.just(account) | EDIT.map(account.__or__)) for account in kept]
    ids = {account["account_id"] for account in kept}
    added = [account for account in draw(ACCOUNTS)[1:] if account["account_id"] not in ids]
    other = document
    if around_accounts:
        other = draw(st.just(document) | DEFAULTS.map(lambda defaults: {**document, "defaults": defaults}) | DOCUMENT)
    return (
        _version("base.yaml", {**document, "accounts": accounts}, style, draw(inserted)),
        _version("head.yaml", {**other, "accounts": draw(st.permutations(edited + added))}, style, draw(inserted)),
    )


def _in_full(base: Version, head: Version) -> Affected:
    """What reading everything finds; versions with faults are none that hypothesis should try."""
    try:
        before, now = base.read_in_full(), head.read_in_full()
    except InvalidSettings:
        assume(False)
    return replace(compare(before, now, _written(base, head)), weaker=weaker_settings(before, now))


def _written(*versions: Version) -> dict[str, frozenset[str]]:
    """The keys of the accounts that both have, where both are plain."""
    if not all(version.outline for version in versions):
        return {}
    both = [
        {one["account_id"]: one.keys() for one in yaml.load(file.raw, yaml.BaseLoader)["accounts"]} for file in versions
    ]
    return {account: frozenset(both[0][account] | both[1][account]) for account in both[0].keys() & both[1].keys()}


def _told(version: Version) -> Settings | tuple[Fault, ...]:
    """The settings of a version, or its faults, lines included."""
    try:
        return replace(version.settings, path=version.path)
    except InvalidSettings as invalid:
        return invalid.faults


def _told_by_the_whole(version: Version) -> Settings | tuple[Fault, ...]:
    try:
        return replace(version.read_in_full(), path=version.path)
    except InvalidSettings as invalid:
        return invalid.faults


@given(two_versions(COMMENTS, around_accounts=False))
def test_the_short_cut_finds_what_reading_everything_finds(versions):
    in_full = _in_full(*versions)
    at_a_glance = changes_at_a_glance(*versions)
    assume(at_a_glance is not None)
    assert at_a_glance == in_full


@given(two_versions(COMMENTS))
def test_every_difference_has_its_full_effect(versions):
    in_full = _in_full(*versions)
    assert changes(*versions) == in_full
    assert changes_in_full(*versions) == in_full


@hypothesis_settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(two_versions(MISHAPS))
def test_odd_files_have_no_odd_answers(versions):
    in_full = _in_full(*versions)
    assert changes(*versions) == in_full


@given(two_versions(COMMENTS | MISHAPS))
def test_settings_and_faults_are_those_of_the_whole_file(versions):
    for version in versions:
        assert _told(version) == _told_by_the_whole(version)


@pytest.mark.parametrize("name", sorted(file.stem for file in (REPOSITORY / "tests" / "accounts").glob("*/*.yaml")))
def test_settings_and_faults_of_the_files_of_other_tests_are_those_of_the_whole_file(name):
    (file,) = (REPOSITORY / "tests" / "accounts").glob(f"*/{name}.yaml")
    version = Version(file, file.read_bytes())
    assert _told(version) == _told_by_the_whole(version)


@pytest.mark.parametrize(
    ("place", "more"),
    [
        ("name: data", "<<: {tags: {a: b}}"),
        ("name: data", "tags: !!omap {a: b}"),
        ("name: data", "tags: !!set {a: b}"),
        ("name: data", "email: !!binary YQ=="),
        ("name: data", "email: !!str 1"),
        ("name: data", "vars: {a: {1: b}}"),
        ("name: data", "vars: {a: {b: 1, b: 2}}"),
        ("name: data", "vars: {? [a] : b}"),
        ("name: data", "vars: {a: {<<: {b: 1}}}"),
        ("name: data", f"vars: {{a: {'[' * 30}{']' * 30}}}"),
        ("name: data", f"vars: {{a: {'[' * 150}{']' * 150}}}"),
        ("name: data", "vars: {a: 2026-02-30, b: 2026-01-01T00:00:00Z, c: 1_000, d: 0o17, e: .inf, f: ~, g: =}"),
        ("name: data", "vars: {a: 190:20:30, b: 0b, c: 08, d: 1e3, e: yes, f: 'yes', g: \"1\", h: !!int '1'}"),
        ("regions: [us-east-1]", "regions: [us-east-1]"),
        ("regions: [us-east-1]", "vars: {a: {b: 1, b: 2}}"),
        ("regions: [us-east-1]", "tags: !!omap {a: b}"),
        ("regions: [us-east-1]", "<<: {tags: {a: b}}"),
    ],
)
def test_odd_values_mean_what_they_mean_in_the_whole_file(place, more):
    indent = "    " if place.startswith("name") else "  "
    before, after = (
        Version(Path("accounts.yaml"), text.encode())
        for text in (FILE, FILE.replace(place, f"{place}\n{indent}{more}"))
    )
    told = _told_by_the_whole(after)
    assert _told(after) == told
    if isinstance(told, Settings):
        assert changes(before, after) == _in_full(before, after)


def test_thousands_of_accounts_are_not_read_with_their_places(monkeypatch):
    entries = [f'  - account_id: "{number:012}"\n    name: account-{number}\n' for number in range(2_000)]
    monkeypatch.setattr(Version, "read_in_full", None)
    assert len(Version(Path("accounts.yaml"), (HEAD + "".join(entries)).encode()).settings.accounts) == 2_000


@pytest.mark.parametrize(
    "text",
    [
        FILE.replace("name: data", "name: &data data").replace("name: legacy", "name: legacy\n    tags: {a: *data}"),
        "%YAML 1.1\n---\n" + FILE,
        FILE.replace("accounts:\n", "accounts: &all\n"),
        FILE + "defaults: {}\n",
        "{accounts: []}",
        HEAD + '  - {account_id: "333333333333", name: a}\n  -\n    account_id: "444444444444"\n    name: b\n',
        HEAD.replace("accounts:", "accounts: []"),
        FILE.replace("name: data", "name: data\u2028"),
        "accounts: [",
        FILE + "    vars:\n      a: |\n        without a line break at the end",
        "",
    ],
)
def test_what_is_not_plain_is_read_in_full(text):
    assert outline(text) is None


def test_the_files_of_this_repository_are_plain():
    assert outline((REPOSITORY / "accounts.yaml").read_text()) is not None


# Settings that make no difference to a stack


def test_an_account_stack_doesnt_depend_on_what_is_left_out_of_the_comparison():
    account = an_account()
    other = an_account(email="a@b", display_name="A", org_id="x", vars={"a": 1})
    assert _differing(account, other) == NOT_IN_AN_ACCOUNTS_STACK
    assert builders.account_stack(account) == builders.account_stack(other)


def test_an_account_stack_doesnt_depend_on_what_is_the_archives_alone():
    archive = an_archive()
    other = an_archive(
        manage_policy=True,
        adopt=True,
        break_glass_role="arn:aws:iam::222222222222:role/break-glass",
        object_lock=ObjectLock("governance", 400),
        access_logs=AccessLogs("acme-access-logs"),
        catalog=Catalog(),
        former=Former(("777777777777",), ("eu-west-1",), (Layout("iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/"),)),
        tags={"owner": "security"},
        noncurrent_days=400,
        expire_days=800,
        transitions=(Transition(90, "GLACIER_IR"),),
        roles=("arn:aws:iam::222222222222:role/deploy",),
        external_id="secret",
        session_name="other",
        profile="archive",
    )
    assert _differing(archive, other) == OF_THE_ARCHIVE_ALONE
    account = an_account()
    stacks = [builders.account_stack(account, settings(account, archive=one)) for one in (archive, other)]
    assert stacks[0] == stacks[1]


def test_an_account_stack_doesnt_depend_on_other_accounts_or_the_organization():
    account = an_account()
    crowd = settings(account, an_account("444444444444", name="other"), organization_id=None)
    assert builders.account_stack(account, crowd) == builders.account_stack(account)


def test_the_archives_stack_doesnt_depend_on_what_leaves_it_unaffected():
    archive = an_archive(catalog=Catalog())
    before = settings(an_account(), archive=archive)
    after = settings(an_account(name="other", compression="GZIP", tags={"a": "b"}, enabled=False), archive=archive)
    assert compare(before, after, {}).archive == ()
    assert builders.archive_stack(before) == builders.archive_stack(after)


def _differing(one: Any, other: Any) -> set[str]:
    return {field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)}


# The command


@pytest.fixture
def run(project, monkeypatch):
    """Run `orgtrail affected` in the project."""
    monkeypatch.setattr(find, "APP_FOLDER", project.folder)
    monkeypatch.chdir(project.folder)
    monkeypatch.delenv("ORGTRAIL_ACCOUNTS", raising=False)
    alone = typer.Typer()
    alone.command()(affected_command)
    return lambda *arguments: CliRunner().invoke(alone, arguments)


def test_the_command_says_that_nothing_is_affected(run):
    result = run("base")
    assert (result.exit_code, result.stdout) == (0, "Affected since base: no accounts\n")


def test_the_command_lists_accounts_with_reasons_and_what_was_removed(project, run):
    project.edit(PAYMENTS, "")
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    result = run("base")
    assert result.exit_code == 0
    assert "compression: GZIP → UNCOMPRESSED" in result.stdout
    assert "payments (333333333333) has no entry any more" in result.stdout
    assert "  payments: account: active → removed from the file (settings)" in result.stdout
    assert result.stdout.endswith("Affected since base: 1 account and the archive; 1 removed\n")


def test_the_command_tells_who_is_skipped_apart_from_the_results(project, run):
    project.write("main.py", "# changed\n")
    result = run("base")
    assert result.stderr == "legacy (555555555555) is suspended: skipped\n"


def test_the_command_reads_no_more_for_what_gets_weaker(project, run, monkeypatch):
    project.edit("name: data", "name: data\n    log_retention_days: 7")
    monkeypatch.setattr(Version, "settings", None)
    assert [one["stack"] for one in json.loads(run("base", "--json").stdout)["weaker"]] == ["data"]


def test_the_command_says_where_it_cannot_tell_what_gets_weaker(project, run):
    project.accounts.write_text("accounts: 1\n")
    project.commit()
    project.accounts.write_text(FILE)
    result = run("HEAD")
    assert "Whether the settings are weaker than those of HEAD isn't known" in result.stderr


def test_the_command_says_once_what_holds_for_every_account(project, run):
    project.write("main.py", "# changed\n")
    assert run("base").stdout.count("main.py changed") == 1


def test_the_command_prints_json(project, run):
    project.edit("compression: GZIP", "compression: UNCOMPRESSED")
    document = json.loads(run("base", "--json").stdout)
    assert document == {
        "version": 1,
        "base": "base",
        "head": None,
        "archive": {"affected": False, "reasons": []},
        "accounts": [
            {
                "name": "data",
                "account_id": "444444444444",
                "reasons": [
                    {
                        "kind": "setting",
                        "key": "compression",
                        "before": "GZIP",
                        "after": "UNCOMPRESSED",
                        "text": "compression: GZIP → UNCOMPRESSED",
                    }
                ],
            },
        ],
        "removed": [],
        "skipped": [],
        "weaker": [],
    }


def test_the_command_prints_a_matrix_on_one_line(project, run):
    project.write("main.py", "# changed\n")
    result = run("base", "--matrix", "--shards", "2")
    assert result.stdout.count("\n") == 1
    assert json.loads(result.stdout) == {
        "include": [{"shard": "1/2", "accounts": "archive data"}, {"shard": "2/2", "accounts": "payments"}]
    }


def test_the_matrix_of_nothing_affected_is_empty(run):
    assert run("base", "--matrix").stdout == '{"include": []}\n'


def test_the_command_keeps_to_a_selection(project, run):
    project.write("main.py", "# changed\n")
    document = json.loads(run("base", "payments", "archive", "--exclude", "archive", "--json").stdout)
    assert [account["name"] for account in document["accounts"]] == ["payments"]
    assert document["archive"] == {"affected": False, "reasons": []}


def test_the_command_takes_the_selection_from_the_revision_it_looks_at(project, run):
    project.edit("name: data", "name: lake")
    project.commit()
    project.edit("name: lake", "name: data")
    assert "lake" in run("base", "lake", "--head", "HEAD").stdout


@pytest.mark.parametrize("arguments", [("nowhere",), ("base", "dta"), ("base", "--head", "nowhere")])
def test_the_command_fails_with_a_message(run, arguments):
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert arguments[-1] in result.stderr


def test_the_command_is_one_of_orgtrail():
    assert "affected" in CliRunner().invoke(application(), ["--help"]).stdout


@pytest.mark.parametrize(
    ("was_enabled", "is_enabled", "reasons"),
    [(False, False, ()), (True, False, ("enabled: true → false",)), (False, True, ("enabled: false → true",))],
)
def test_what_only_pipelines_read_counts_where_an_account_has_pipelines_at_both_revisions(
    was_enabled, is_enabled, reasons
):
    before = an_account(enabled=was_enabled, regions=("us-east-1",))
    after = an_account(enabled=is_enabled, regions=("us-east-1", "eu-west-1"))

    assert compare(settings(before), settings(after), {}).in_words.get(after.name, ()) == reasons
