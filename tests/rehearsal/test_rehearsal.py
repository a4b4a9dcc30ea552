"""The whole rollout, once: the real cdktf CLI, Terraform and AWS provider, on an emulated AWS."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from ruamel.yaml import YAML

from orgtrail import names
from orgtrail.aws import AccountSession
from orgtrail.backfill.line import Mark
from orgtrail.backfill.objects import Making
from orgtrail.backfill.spool import Spool
from orgtrail.backfill.write import Writer
from orgtrail.concurrency.questions import Questions
from orgtrail.contents.archive import archive_listing
from orgtrail.paths import REPOSITORY
from orgtrail.preflight.run import preflight
from orgtrail.rehearsal.emulation.cloudtrail import emulated_cloudtrail
from orgtrail.rehearsal.rollout import Pipeline, Rehearsal, rehearsal
from orgtrail.rehearsal.show import show_results
from orgtrail.selection.pipelines import Pipeline as PipelinePlace
from orgtrail.selection.pipelines import pipelines_of
from orgtrail.settings import Account, Catalog, S3State, load
from orgtrail.status.deep import look_into_accounts
from orgtrail.status.look import look
from orgtrail.terraform.cdktf_cli import CdktfCli
from orgtrail.terraform.cli import Terraform
from orgtrail.terraform.processes import Processes
from orgtrail.terraform.provider import provider_in_use
from orgtrail.verify.rule import Taken
from tests.builders import archive_stack, valid
from tests.waiting import LONG, command_of, has_ended, until

# One worker for all of it: the rollout is made once, and its environment is the process's.
pytestmark = [pytest.mark.xdist_group("rehearsal"), pytest.mark.timeout(600)]

SAMPLE = REPOSITORY / "accounts.yaml"


@pytest.fixture(scope="module")
def rollout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """The sample organization, deployed."""
    with rehearsal(load(SAMPLE), tmp_path_factory.mktemp("rehearsal") / "work") as run:
        run.make_state_bucket()
        run.deploy()
        yield run


@pytest.fixture(scope="module")
def pipelines(rollout: Rehearsal) -> list[Pipeline]:
    """What was found for each account and region, and what one event sent into each became."""
    return [
        rollout.verify_delivery(account, region) for account in rollout.settings.active for region in account.regions
    ]


def _account(rollout: Rehearsal, name: str) -> Account:
    return next(account for account in rollout.settings.active if account.name == name)


def test_every_stack_is_deployed_whole(rollout: Rehearsal) -> None:
    assert rollout.made == rollout.synthesized()
    assert set(rollout.made) == {"archive", "payments-prod", "data-platform", "sandbox"}


def test_status_finds_every_pipeline_deployed_as_configured_and_its_events_in_the_archive(
    rollout: Rehearsal, pipelines: list[Pipeline]
) -> None:
    questions = Questions(at_once=4, seconds=300)
    settings, asked = rollout.settings, pipelines_of(rollout.settings.active)
    listing = archive_listing(settings.archive)

    found = look(settings, asked, listing, since=timedelta(days=1), known={}, questions=questions)
    deep = look_into_accounts(settings, found, questions, timedelta(days=1))

    assert len(pipelines) == len(asked)
    assert {(str(one.pipeline), one.verdict.word, one.findings) for one in deep.found} == {
        (str(one), "arriving", ()) for one in asked
    }


def test_preflight_finds_nothing_wrong_with_the_archive_its_key_its_tables_and_the_states(rollout: Rehearsal) -> None:
    (archive, states) = preflight(rollout.settings, [], Questions(at_once=1, seconds=300))

    assert (archive.findings, states.findings) == ((), ())


@pytest.mark.parametrize("stack", ["data-platform", "payments-prod", "archive"])
def test_a_deployed_stack_has_no_changes(rollout: Rehearsal, stack: str) -> None:
    diff = rollout.cdktf.diff(stack)

    assert diff.no_changes, diff.text


def test_every_account_has_a_state_of_its_own(rollout: Rehearsal) -> None:
    state = rollout.settings.state
    assert isinstance(state, S3State)
    objects = AccountSession(state, state.region).client("s3").list_objects_v2(Bucket=state.bucket)["Contents"]

    assert sorted(item["Key"] for item in objects) == [
        "orgtrail/333333333333/terraform.tfstate",
        "orgtrail/444444444444/terraform.tfstate",
        "orgtrail/555555555555/terraform.tfstate",
        "orgtrail/archive/terraform.tfstate",
    ]


def test_every_pipeline_of_every_account_exists_and_is_enabled(pipelines: list[Pipeline]) -> None:
    found = {(pipeline.account, pipeline.region): pipeline for pipeline in pipelines}

    assert {key: pipeline.rule_state for key, pipeline in found.items()} == {
        ("payments-prod", "us-east-1"): "ENABLED",
        ("payments-prod", "ap-northeast-1"): "ENABLED",
        ("data-platform", "us-east-1"): "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        ("sandbox", "us-east-1"): "ENABLED",
        ("sandbox", "eu-west-1"): "ENABLED",
    }
    assert all(pipeline.stream_status == "ACTIVE" for pipeline in pipelines)
    assert all(pipeline.dead_letter_queue and pipeline.delivery_log for pipeline in pipelines)


def test_an_event_arrives_below_the_prefix_of_its_account_region_and_day(pipelines: list[Pipeline]) -> None:
    for pipeline in pipelines:
        extension = r"\.gz" if pipeline.account == "data-platform" else ""
        prefix = rf"{pipeline.account_id}/{pipeline.region}/\d{{4}}/\d\d/\d\d/"
        assert re.fullmatch(rf"{prefix}orgtrail-iam-events-1-[\d-]+-[\da-f-]+{extension}", pipeline.delivered.key)


def test_events_arrive_as_one_line_of_json_each(pipelines: list[Pipeline]) -> None:
    for pipeline in pipelines:
        text = pipeline.delivered.text
        assert text.endswith("\n")
        assert [json.loads(line) for line in text.splitlines()] == pipeline.events


def test_the_deployed_named_queries_answer_from_what_has_arrived(rollout: Rehearsal, pipelines: list[Pipeline]) -> None:
    answers = {answer.query: answer.rows for answer in rollout.ask_named_queries()}
    keys = {(row["account"], row["call"]) for row in answers["access-keys"]}
    arrived = {(row["account"], row["region"]): row["events"] for row in answers["by-day-and-account"]}

    assert keys == {(account.account_id, "CreateAccessKey") for account in rollout.settings.active}
    assert arrived == {(pipeline.account_id, pipeline.region): len(pipeline.events) for pipeline in pipelines}
    assert {name for name, rows in answers.items() if not rows} == {
        "pipeline-changes",
        "duplicates",
        "unreadable-lines",
    }


def test_the_deployed_flat_view_shows_what_has_arrived(rollout: Rehearsal, pipelines: list[Pipeline]) -> None:
    rows = rollout.ask('SELECT time, action FROM "orgtrail"."iam_events_flat"')

    assert sorted(row["action"] for row in rows) == sorted(
        event["detail"]["eventName"] for pipeline in pipelines for event in pipeline.events
    )
    assert {type(row["time"]) for row in rows} == {datetime}


def test_the_deployed_tables_and_the_flat_view_show_what_is_backfilled_as_what_it_is(
    rollout: Rehearsal, pipelines: list[Pipeline]
) -> None:
    archive = rollout.settings.archive
    s3 = AccountSession(archive, archive.region).client("s3")
    account = _account(rollout, "data-platform")  # its objects are compressed
    delivered = next(one for one in pipelines if one.account == account.name).events[0]
    time = datetime.now(UTC).replace(microsecond=0)
    lost = {**delivered["detail"], "eventID": "lost", "eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}"}
    taken = Taken("lost", time, lost["eventName"], delivered["source"], delivered["detail-type"], lost)
    place = PipelinePlace(account, delivered["region"])
    with Spool() as lines:
        making = Making(archive.layout, place, Mark(time, "trail"), lines)
        (made,) = making.objects([making.held(taken)])
    try:
        assert Writer(s3, archive).write(made.key, made.body).outcome == "written"
        view = rollout.ask('SELECT event_id, backfilled, account FROM "orgtrail"."iam_events_flat"')
        table = rollout.ask('SELECT id, backfill.origin AS origin FROM "orgtrail"."iam_events_backfilled"')
    finally:
        for version in s3.list_object_versions(Bucket=archive.bucket, Prefix=made.key).get("Versions", []):
            s3.delete_object(Bucket=archive.bucket, Key=made.key, VersionId=version["VersionId"])

    assert [row for row in view if row["backfilled"]] == [
        {"event_id": "lost", "backfilled": time.replace(tzinfo=None), "account": account.account_id}
    ]
    assert len(view) == 1 + sum(len(pipeline.events) for pipeline in pipelines)
    assert table == [{"id": "lost", "origin": "trail"}]


def test_the_readme_counts_the_resources_of_an_account_in_one_region(rollout: Rehearsal) -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")

    assert f"ledger-prod   changes   {rollout.made['data-platform']} " in readme


def test_a_probe_of_every_account_arrives_and_leaves_the_deployed_roles_as_they_were(
    rollout: Rehearsal, tmp_path: Path
) -> None:
    before = _tags_of_roles(rollout)
    with emulated_cloudtrail() as cloudtrail, _archived_meanwhile_is_forgotten(rollout):
        cloudtrail.delivers = True
        done = subprocess.run(
            [sys.executable, "-m", "orgtrail", "status", "--probe", "--json", "-f", str(SAMPLE)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            capture_output=True,
            text=True,
            check=False,
        )

    pipelines = valid("status", json.loads(done.stdout))["pipelines"]
    results = {(one["account"], one["region"]): one["probe"]["result"] for one in pipelines}
    assert results == {
        ("payments-prod", "us-east-1"): "arrived",
        ("payments-prod", "ap-northeast-1"): "unprobed",
        ("data-platform", "us-east-1"): "arrived",
        ("sandbox", "us-east-1"): "arrived",
        ("sandbox", "eu-west-1"): "unprobed",
        ("legacy", "us-east-1"): "unprobed",
    }
    assert [one["probe"]["key"].endswith(".gz") for one in pipelines if one["account"] == "data-platform"] == [True]
    assert _tags_of_roles(rollout) == before


def _tags_of_roles(rollout: Rehearsal) -> dict[str, Any]:
    clients = {one.name: AccountSession(one, "us-east-1").client("iam") for one in rollout.settings.active}
    return {
        f"{name} {role}": iam.list_role_tags(RoleName=role)["Tags"]
        for name, iam in clients.items()
        for role in (names.EVENTBRIDGE_ROLE, names.FIREHOSE_ROLE)
    }


@contextmanager
def _archived_meanwhile_is_forgotten(rollout: Rehearsal) -> Iterator[None]:
    """Other tests count what has arrived."""
    archive = rollout.settings.archive
    s3 = AccountSession(archive, archive.region).client("s3")

    def keys() -> set[str]:
        return {item["Key"] for item in s3.list_objects_v2(Bucket=archive.bucket).get("Contents", [])}

    before = keys()
    try:
        yield
    finally:
        for key in keys() - before:
            s3.delete_object(Bucket=archive.bucket, Key=key)


def test_orgtrail_diff_finds_no_changes_in_what_cdktf_deployed(rollout: Rehearsal, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orgtrail", "diff", "--json", "-f", str(SAMPLE)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert valid("diff", json.loads(done.stdout))["summary"]["unchanged"] == 4


def test_what_a_rehearsal_prints_as_json_fits_its_schema(
    rollout: Rehearsal, pipelines: list[Pipeline], capsys: pytest.CaptureFixture[str]
) -> None:
    show_results(rollout.settings, pipelines, rollout.ask_named_queries(), as_json=True)

    assert len(valid("rehearse", json.loads(capsys.readouterr().out))["pipelines"]) == len(pipelines)


def test_what_a_rule_cannot_hand_over_goes_to_the_dead_letter_queue_of_its_region(rollout: Rehearsal) -> None:
    account = _account(rollout, "payments-prod")
    for region in account.regions:
        events = AccountSession(account, region).client("events")
        target = events.list_targets_by_rule(Rule=names.RULE)["Targets"][0]
        queue = f"arn:aws:sqs:{region}:333333333333:{names.DEAD_LETTER_QUEUE}"
        assert target["DeadLetterConfig"] == {"Arn": queue}


def test_two_regions_of_an_account_share_one_pair_of_roles(rollout: Rehearsal) -> None:
    roles = AccountSession(_account(rollout, "payments-prod"), "us-east-1").client("iam").list_roles()["Roles"]

    assert sorted(role["RoleName"] for role in roles) == ["orgtrail-eventbridge", "orgtrail-firehose"]


def test_the_archive_is_deployed_private_versioned_and_encrypted(rollout: Rehearsal) -> None:
    archive = rollout.settings.archive
    s3 = AccountSession(archive, archive.region).client("s3")
    bucket = {"Bucket": archive.bucket}

    assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(**bucket)["PublicAccessBlockConfiguration"].values())
    rule = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_the_deployed_bucket_policy_holds_its_policy_variable_unescaped(rollout: Rehearsal) -> None:
    archive = rollout.settings.archive
    policy = json.loads(
        AccountSession(archive, archive.region).client("s3").get_bucket_policy(Bucket=archive.bucket)["Policy"]
    )
    own_prefixes = next(item for item in policy["Statement"] if item["Sid"] == "DeliveryWritesOwnPrefixes")

    assert f"arn:aws:s3:::{archive.bucket}/${{aws:PrincipalAccount}}/*" in own_prefixes["Resource"]


def test_an_account_added_to_the_file_adds_its_stack_and_its_line_to_the_catalog(
    rollout: Rehearsal, tmp_path: Path
) -> None:
    longer = tmp_path / "accounts.yaml"
    _write_with_account(longer, {"account_id": "777777777777", "name": "new-team"})
    (tmp_path / "cdktf.json").write_bytes((REPOSITORY / "cdktf.json").read_bytes())
    cdktf = CdktfCli(tmp_path, longer)

    diffs = {name: cdktf.diff(name) for name in ["new-team", "archive", "payments-prod", "data-platform", "sandbox"]}

    added, changed, destroyed = diffs.pop("new-team").counts
    assert added > 0
    assert (changed, destroyed) == (0, 0)
    # One table of what is delivered lists the accounts, and one of what is backfilled.
    assert diffs.pop("archive").counts == (0, 2, 0)
    assert [name for name, diff in diffs.items() if not diff.no_changes] == []


def _write_with_account(path: Path, account: dict[str, Any]) -> None:
    yaml = YAML()
    document = yaml.load(SAMPLE)
    document["accounts"].append(account)
    yaml.dump(document, path)


def _archive_plan(rollout: Rehearsal, folder: Path, **changed: Any) -> dict[str, set[str]]:
    """What a plan does to the deployed archive once settings of `archive` have changed: addresses by action."""
    settings = replace(rollout.settings, archive=replace(rollout.settings.archive, **changed))
    stack = folder / "archive"
    shutil.copytree(rollout.workdir / "cdktf.out" / "stacks" / "archive", stack, symlinks=True)
    (stack / "cdk.tf.json").write_text(json.dumps(archive_stack(settings, provider_in_use())))
    environment = {**os.environ, **rollout.environment()}
    terraform = Terraform(stack, folder / "log", environment=environment, processes=Processes(), time_limit=300)
    planned: dict[str, set[str]] = {}
    for change in terraform.plan(folder / "plan"):
        planned.setdefault(change.action, set()).add(change.address)
    return planned


def _catalog_resources(rollout: Rehearsal, *kinds: str) -> set[str]:
    """The addresses of these types, or of all, in the catalog of the deployed archive."""
    resources = archive_stack(rollout.settings, provider_in_use())["resource"]
    return {f"{kind}.{name}" for kind in kinds or resources for name in resources[kind] if name.startswith("catalog_")}


# Setting of the catalog, how it changes, what a plan then does, and to which types of resources.
CATALOG_CHANGES: dict[str, tuple[Catalog | None, str, tuple[str, ...]]] = {
    "removed": (None, "delete", ()),
    "database": (
        Catalog(database="iam"),
        "replace",
        ("aws_glue_catalog_database", "aws_glue_catalog_table", "aws_athena_named_query"),
    ),
    "scan_limit_gib": (Catalog(scan_limit_gib=10), "update", ("aws_athena_workgroup",)),
    "results_expire_days": (Catalog(results_expire_days=7), "update", ("aws_s3_bucket_lifecycle_configuration",)),
}


@pytest.mark.parametrize(("catalog", "action", "kinds"), CATALOG_CHANGES.values(), ids=CATALOG_CHANGES)
def test_a_change_of_the_catalog_leaves_everything_else_of_the_archive_as_it_is(
    rollout: Rehearsal, tmp_path: Path, catalog: Catalog | None, action: str, kinds: tuple[str, ...]
) -> None:
    planned = _archive_plan(rollout, tmp_path, catalog=catalog)

    assert planned == {action: _catalog_resources(rollout, *kinds)}


def test_how_terraform_gets_into_the_account_of_the_archive_changes_nothing_in_it(
    rollout: Rehearsal, tmp_path: Path
) -> None:
    role = "arn:aws:iam::222222222222:role/another"

    assert _archive_plan(rollout, tmp_path, roles=(role,), external_id="other", session_name="other") == {}


def test_a_faulty_file_gives_the_same_report_from_every_way_in(tmp_path: Path) -> None:
    faulty = REPOSITORY / "tests" / "accounts" / "bad" / "ten-different-faults.yaml"
    environment = {**os.environ, "ORGTRAIL_ACCOUNTS": str(faulty)}
    (tmp_path / "cdktf.json").write_bytes((REPOSITORY / "cdktf.json").read_bytes())

    def output(*command: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, *command], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stderr.strip()

    from_check = output("-m", "orgtrail", "check")
    assert from_check[0] == 1
    assert from_check[1].count("\n") >= 10
    assert output("main.py") == from_check
    from_cdktf = CdktfCli(tmp_path, faulty).run("diff", "sandbox")
    assert from_cdktf.status == 1
    assert from_check[1] in "\n".join(line.strip("\n") for line in from_cdktf.lines)
    assert not (tmp_path / "cdktf.out" / "stacks").exists()


def test_ctrl_c_ends_all_that_the_rehearsal_started(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "orgtrail", "rehearse", "--workdir", str(tmp_path)],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("cdktf deploy"):
                break
        started = until(lambda: _descendants_once_terraform_runs(process.pid))
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=LONG) == 130
    assert until(lambda: all(map(has_ended, started)))


def _descendants_once_terraform_runs(pid: int) -> list[psutil.Process]:
    children: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
    return children if any("terraform" in Path(command_of(one).split(" ")[0]).name for one in children) else []
