"""Stamped stacks are those that constructs make, to the byte: organizations with all that may differ between accounts.

`ORGTRAIL_ORGANIZATIONS=1000` compares so many organizations instead of some dozens.
"""

import json
import os
import re
import string
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from orgtrail.selection.stack import stacks_of
from orgtrail.settings import load
from orgtrail.terraform.builds import Shapes
from tests.builders import ARCHIVE_ACCOUNT_ID, PROVIDER_5, PROVIDER_6, REPOSITORY, an_account, settings

# Several processes would each start Node.
ORGANIZATIONS = int(os.environ.get("ORGTRAIL_ORGANIZATIONS", "20"))
pytestmark = [pytest.mark.xdist_group("stamping"), pytest.mark.timeout(60 + 10 * ORGANIZATIONS)]

REGIONS = {
    "aws": ["us-east-1", "eu-west-1"],
    "aws-us-gov": ["us-gov-west-1"],
    "aws-cn": ["cn-north-1"],
    "aws-eusc": ["eusc-de-east-1"],
}
STATES = [
    {"backend": "s3", "bucket": "states", "key": "a/{account_id}/{name}.tfstate"},
    {"backend": "s3", "bucket": "states", "key": "{name}", "role": "states", "external_id": "of-states"},
    {"backend": "local", "path": "states/{name}/${{x}}%{{{account_id}.tfstate"},
    {"backend": "local", "path": "{account_id}.tfstate"},
    {"backend": "cloud", "organization": "acme", "workspace": "orgtrail-{name}-{account_id}"},
    {"backend": "cloud", "organization": "acme", "project": "p", "workspace": "{name}"},
]
ROLES = [
    "deploy",
    "deploy-{name}-{account_id}",
    "path/{account_id}/{name}",
    "arn:{partition}:iam::{account_id}:role/{stage}",
    ["arn:{partition}:iam::222222222222:role/hub-{name}", "deploy"],
    ["arn:{partition}:iam::222222222222:role/hub", "deploy"],
    ["deploy", "arn:{partition}:iam::222222222222:role/{name}", "deploy"],
    ["deploy-{stage}", "deploy-{name}"],
]
# Ids and names that are parts of others, and of what is around them in a stack.
IDS = st.permutations(
    ["000000000000", "111111111111", "222222222222", "222222222223", "122222222222", "999999999999", "931640275153"]
)
NAMES = st.permutations(["a", "aa", "aws", "us-east-1", "deploy", "q0zj1x", "n" * 63])
STAGES = ["prod", "test", "hub", "stage"]
TEXTS = ["a1", "prod", "orgtrail", "deploy", "of-states", "222222222222", "q0zj1x", "+=,.@-"]
TAG_VALUES = [*TEXTS[:-1], "", " a ", "a:b/c=d+e-f@g", "Ωé日", "tab\tand\nline", "\N{ANGSTROM SIGN}"]


def tag_values(identity):
    own = st.sampled_from([*identity, *(f"of {text}" for text in identity)])
    return st.one_of(st.sampled_from(TAG_VALUES), own, st.text(string.ascii_letters + string.digits + " _.:/=+@-é日"))


WAYS = st.fixed_dictionaries(
    {},
    optional={
        "regions": st.just("all of them"),
        "role": st.sampled_from(ROLES),
        "compression": st.just("GZIP"),
        "alarms": st.just({"topic": "arn:{partition}:sns:{region}:{account_id}:of-{account_id}", "silent_hours": 24}),
        "enabled": st.just(False),
    },
)


@st.composite
def accounts_files(draw):
    """An accounts file in which accounts are written in one or two ways, each with texts of their own."""
    partition = draw(st.sampled_from(list(REGIONS)))
    regions = REGIONS[partition]
    ways = draw(st.lists(WAYS, min_size=1, max_size=2))
    texts = draw(st.lists(st.sampled_from(["external_id", "session_name", "profile"]), unique=True))
    tags = draw(st.lists(st.sampled_from(["env", "owner", "ManagedBy", "1", "é"]), unique=True, max_size=3))
    accounts = []
    for number, (account_id, name) in enumerate(zip(draw(IDS), draw(NAMES), strict=True)):
        way = ways[number % len(ways)]
        accounts.append(
            {
                "account_id": account_id,
                "name": name,
                "email": f"{name}@example.com",
                "vars": {"stage": draw(st.sampled_from(STAGES))},
                **way,
                "regions": regions if "regions" in way else regions[:1],
                **{key: draw(st.sampled_from(TEXTS)) for key in texts},
                "tags": {key: draw(tag_values((account_id, name))) for key in tags},
            }
        )
    archive = {"account_id": "222222222222", "region": regions[0], "bucket": "acme-iam-events"}
    state = draw(st.sampled_from(STATES))
    return {
        "organization": {"id": "o-a1b2c3d4e5"},
        "archive": archive | draw(st.sampled_from([{}, {"kms_key": "managed"}, {"existing": True}])),
        "state": state | ({"region": regions[0]} if state["backend"] == "s3" else {}),
        "accounts": accounts,
    }


def loaded(document, folder):
    path = Path(folder, "accounts.yaml")
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return load(path)


def synthesized(organization, maker, folder):
    """Every file of an app in which what `maker` makes of it makes the stacks of the accounts."""
    from constructs.bindings import App

    app = App(outdir=str(folder))
    make = maker(app)
    for stack in stacks_of(organization)[1:]:
        make(stack.account)
    app.synth()
    return {path.relative_to(folder): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def both_ways(organization, provider):
    """What constructs make of the accounts, what stamping does, and how many stacks that built."""
    from constructs.account_stack import AccountStack
    from constructs.stamped_stacks import stamping

    built = []

    def build(scope, account):
        built.append(account)
        return AccountStack(scope, account, organization, provider)

    shapes = Shapes(organization.active)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        expected = synthesized(organization, lambda app: lambda account: build(app, account), one)
        built.clear()
        stamped = synthesized(organization, lambda app: stamping(app, build, shapes, organization), other)
        return expected, stamped, len(built)


@hypothesis_settings(
    max_examples=ORGANIZATIONS,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # a smaller example isn't worth minutes of synthesis
)
@given(accounts_files(), st.sampled_from([PROVIDER_6, PROVIDER_5]))
def test_stamped_stacks_are_those_that_constructs_make(document, provider):
    with TemporaryDirectory() as folder:
        expected, stamped, _builds = both_ways(loaded(document, folder), provider)

    assert stamped == expected


def alike(count):
    return [
        an_account(f"{number:012}", name=f"account-{number}", tags={"owner": f"team-{number}"})
        for number in range(count)
    ]


def test_accounts_of_one_shape_take_two_builds_and_three_to_compare_however_many_they_are():
    expected, stamped, builds = both_ways(settings(*alike(40)), PROVIDER_6)

    assert stamped == expected
    assert builds == 5


def test_an_account_that_owns_the_archive_is_built_by_itself():
    organization = settings(*alike(5), an_account(ARCHIVE_ACCOUNT_ID, name="archivist", tags={"owner": "me"}))
    expected, stamped, builds = both_ways(organization, PROVIDER_6)

    assert stamped == expected
    assert builds == 4


def test_stacks_that_cdktf_wants_as_hcl_are_all_built(tmp_path):
    own = [{"account_id": account.account_id, "name": account.name} for account in alike(4)]
    document = {
        "archive": {"account_id": ARCHIVE_ACCOUNT_ID, "region": "us-east-1", "bucket": "acme-iam-events"},
        "state": {"backend": "local", "path": "{name}.tfstate"},
        "defaults": {"regions": ["us-east-1"]},
        "accounts": own,
    }
    Path(tmp_path, "accounts.yaml").write_text(yaml.safe_dump(document))
    asked = {"SYNTH_HCL_OUTPUT": "true", "CDKTF_OUTDIR": str(tmp_path), "ORGTRAIL_PROVIDER_MIRROR": "none"}
    ran = subprocess.run(
        [sys.executable, "-O", REPOSITORY / "main.py"],
        cwd=tmp_path,
        env={**os.environ, **asked},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )

    assert ran.stdout.startswith("account-0 and 3 accounts like it are built one by one")
    for account in alike(4):
        assert account.account_id in Path(tmp_path, "stacks", account.name, "cdk.tf").read_text()


def make_all(build, folder, accounts):
    from constructs.bindings import App
    from constructs.stamped_stacks import stamping

    app = App(outdir=str(folder))
    make = stamping(app, build, Shapes(accounts), settings(*accounts))
    for account in accounts:
        make(account)
    app.synth()


def test_an_error_in_a_construct_names_the_account(tmp_path):
    def build(_scope, account):
        raise ValueError("no such region")

    with pytest.raises(ValueError, match="no such region") as raised:
        make_all(build, tmp_path, alike(4))
    assert raised.value.__notes__ == ["This is about the account account-0 (000000000000)."]


def test_what_a_stack_has_besides_its_text_is_a_reason_to_build_all(tmp_path, capsys):
    from constructs.bindings import Annotations, TerraformStack

    def build(scope, account):
        Annotations.of(TerraformStack(scope, account.name)).add_warning("look out")

    make_all(build, tmp_path, alike(4))
    manifest = json.loads((tmp_path / "manifest.json").read_text())

    assert [len(stack["annotations"]) for stack in manifest["stacks"].values()] == [1, 1, 1, 1]
    assert capsys.readouterr().out.startswith("account-0 and 3 accounts like it are built one by one, which is slower:")


@pytest.mark.parametrize(
    "looks_into",
    [
        lambda account: re.match(r"account-\d", account.name) is not None,
        lambda account: account.name in "account-0,account-1,account-2,account-3",
    ],
    ids=["re.match", "in a text"],
)
def test_a_function_that_looks_into_a_text_without_asking_is_a_reason_to_build_all(tmp_path, capsys, looks_into):
    from constructs.bindings import TerraformStack

    def build(scope, account):
        TerraformStack(scope, account.name).add_override("locals.production", looks_into(account))

    make_all(build, tmp_path, alike(4))

    assert capsys.readouterr().out == (
        "account-0 and 3 accounts like it are built one by one, which is slower: a construct looks into a text of "
        "account-0 without asking, such as with re.match\n"
    )
    for account in alike(4):
        assert '"production": true' in Path(tmp_path, "stacks", account.name, "cdk.tf.json").read_text()


def test_done_is_called_once_for_each_account(tmp_path):
    from constructs.bindings import App, TerraformStack
    from constructs.stamped_stacks import stamping

    accounts = [*alike(4), an_account("000000000009", name="other", compression="GZIP")]
    app, done = App(outdir=str(tmp_path)), []
    make = stamping(
        app,
        lambda scope, account: TerraformStack(scope, account.name),
        Shapes(accounts),
        settings(*accounts),
        done=lambda: done.append(1),
    )
    for account in accounts:
        make(account)
    app.synth()

    assert len(done) == 5
