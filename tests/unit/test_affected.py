"""Which stacks differ between two revisions of the settings, in real git repositories."""

from dataclasses import replace

import pytest
import yaml

from orgtrail.affected import Affected, Reason
from orgtrail.affected.compare import compare
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.settings import Catalog, Former
from tests.builders import an_account, an_archive, settings
from tests.projects import DATA, FILE, HEAD, LEGACY, PAYMENTS


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
    assert project.reasons == {"sandbox": ("new",), "archive": ("1 account added to the tables: sandbox",)}


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
        "archive": ("1 region added to the tables: eu-west-1",),
    }


def test_a_region_that_another_account_has_too_is_nothing_new_to_the_catalog():
    payments, data = an_account(), an_account("444444444444", name="data", regions=("us-east-1", "eu-west-1"))
    archive = an_archive(catalog=Catalog())
    before, after = (
        settings(replace(payments, regions=regions), data, archive=archive)
        for regions in (("us-east-1",), ("us-east-1", "eu-west-1"))
    )
    assert compare(before, after).archive == ()
    assert compare(after, before).archive == ()


def test_regions_in_another_order_affect_nothing():
    before, after = (
        settings(an_account(regions=regions)) for regions in (("us-east-1", "eu-west-1"), ("eu-west-1", "us-east-1"))
    )
    assert compare(before, after) == Affected()


def test_an_account_that_the_tables_list_already_leaves_the_archive_alone():
    archive = an_archive(catalog=Catalog(), former=Former(accounts=("444444444444",)))
    before = settings(an_account(), archive=archive)
    after = settings(an_account(), an_account("444444444444", name="data"), archive=archive)
    assert compare(before, after).in_words == {"data": ("new",)}
    assert compare(after, before).archive == ()


def test_without_tables_the_archive_doesnt_depend_on_what_they_would_list():
    before, after = (
        settings(an_account(), archive=an_archive(former=former))
        for former in (
            Former(),
            Former(accounts=("444444444444",), regions=("eu-west-1",), layouts=(Layout("iam/" + DEFAULT_LAYOUT),)),
        )
    )
    assert compare(before, after) == Affected()


def test_an_account_that_moves_to_former_stays_in_the_tables():
    account, gone = an_account(), an_account("444444444444", name="data")
    before = settings(account, gone, archive=an_archive(catalog=Catalog()))
    after = settings(account, archive=an_archive(catalog=Catalog(), former=Former(accounts=("444444444444",))))
    assert compare(before, after).archive == ()


def test_a_layout_that_differs_after_the_account_is_the_same_to_an_archive_without_tables():
    before, after = (
        settings(an_account(), archive=an_archive(layout=layout))
        for layout in (Layout(), Layout("{account_id}/{region}/{yyyy}-{MM}-{dd}/"))
    )
    assert compare(before, after).in_words.keys() == {"payments"}


def test_credentials_that_no_role_uses_leave_the_archive_alone():
    before, after = (settings(an_account(), archive=an_archive(external_id=secret)) for secret in (None, "secret"))
    assert compare(before, after) == Affected()


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
    result = compare(settings(before), settings(after))
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


@pytest.mark.parametrize(
    ("was_enabled", "is_enabled", "reasons"),
    [(False, False, ()), (True, False, ("enabled: true → false",)), (False, True, ("enabled: false → true",))],
)
def test_what_only_pipelines_read_counts_where_an_account_has_pipelines_at_both_revisions(
    was_enabled, is_enabled, reasons
):
    before = an_account(enabled=was_enabled, regions=("us-east-1",))
    after = an_account(enabled=is_enabled, regions=("us-east-1", "eu-west-1"))

    assert compare(settings(before), settings(after)).in_words.get(after.name, ()) == reasons
