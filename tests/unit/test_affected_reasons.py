"""Why a stack differs, in words and for programs."""

import pytest

from orgtrail.affected.compare import compare
from orgtrail.layout import Layout
from orgtrail.settings import Catalog, Former, MovingFrom, ObjectLock, Transition
from tests.builders import an_account, an_archive, settings


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
    ((_stack, (reason,)),) = compare(settings(before), settings(after)).accounts
    assert (reason.text, reason.before, reason.after) == ("tags changed", None, "why=" + "x" * 100)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            {"moving_from": MovingFrom(layout=Layout("x/{account_id}/{region}/{yyyy}/{MM}/{dd}/"))},
            "archive.moving_from.layout: none → x/{account_id}/{region}/{yyyy}/{MM}/{dd}/",
        ),
        (
            {"object_lock": ObjectLock(mode="governance", days=10)},
            "archive.object_lock: none → mode=governance, days=10",
        ),
        (
            {"transitions": (Transition(days=30, storage_class="GLACIER_IR"),)},
            "archive.transitions: none → days=30, storage_class=GLACIER_IR",
        ),
        (
            {"former": Former(layouts=(Layout("x/{account_id}/{region}/{yyyy}/{MM}/{dd}/"),))},
            "archive.former.layouts: none → x/{account_id}/{region}/{yyyy}/{MM}/{dd}/",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_reason_shows_values_as_they_are_written_and_not_as_they_are_kept(changed, reason):
    before = settings(an_account(), archive=an_archive(catalog=Catalog()))
    after = settings(an_account(), archive=an_archive(catalog=Catalog(), **changed))

    assert compare(before, after).in_words["archive"] == (reason,)
