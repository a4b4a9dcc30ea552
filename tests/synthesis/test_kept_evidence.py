"""What no setting can make Terraform destroy: the archive's bucket, all that protects it, and its key."""

import pytest

from constructs.kept_evidence import KEPT
from orgtrail.settings import AccessLogs, Catalog, ObjectLock
from tests.builders import PROVIDER_5, addresses, an_account, an_archive, archive_stack, resources, settings, the

pytestmark = pytest.mark.xdist_group("synthesis")

EVERYTHING = {
    "kms_key": "managed",
    "object_lock": ObjectLock(mode="governance", days=365),
    "access_logs": AccessLogs(bucket="acme-logs"),
    "catalog": Catalog(),
}
# What can be had again from the archive.
_MADE_ANEW = ("aws_athena_", "aws_glue_", "catalog_")


def of_archive(provider=PROVIDER_5, **changed):
    return archive_stack(settings(an_account(), archive=an_archive(**changed)), provider)


def forgotten(stack):
    """The addresses that Terraform forgets where the state has them, and leaves as they are."""
    blocks = stack.get("removed", [])
    assert all(block["lifecycle"] == {"destroy": False} for block in blocks)
    return {block["from"] for block in blocks}


@pytest.fixture(scope="module")
def everything():
    return of_archive(**EVERYTHING)


def test_is_all_of_an_archive_that_has_everything_but_its_tables_and_their_results(everything):
    evidence = {one for one in addresses(everything) if not any(kind in one for kind in _MADE_ANEW)}

    # In the stack of an existing bucket alone.
    assert evidence | {"aws_s3_bucket.existing"} == KEPT


def test_has_every_plan_refused_that_would_destroy_or_replace_it(everything):
    protected = {
        f"{kind}.{name}"
        for kind, items in everything["resource"].items()
        for name, item in items.items()
        if item.get("lifecycle", {}).get("prevent_destroy") is True
    }

    assert protected == KEPT & set(addresses(everything))


CHANGES = {
    "as it was": {},
    "without the key": {"kms_key": None},
    "without the lock": {"object_lock": None},
    "without access logs": {"access_logs": None},
    "without tables": {"catalog": None},
    "that is handed over": {"existing": True, "kms_key": None, "object_lock": None, "access_logs": None},
    "that is handed over but for its policy": {
        "existing": True,
        "manage_policy": True,
        "kms_key": None,
        "object_lock": None,
        "access_logs": None,
    },
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES)
def test_is_either_in_the_stack_or_left_as_it_is(changed):
    stack = of_archive(**{**EVERYTHING, **changed})

    assert forgotten(stack) == KEPT - set(addresses(stack))


def test_is_not_so_for_the_results_of_queries(everything):
    bucket = the(everything, "aws_s3_bucket", force_destroy=True)

    assert "lifecycle" not in bucket


class TestThePlaceOfAnArchive:
    def test_the_place_of_an_archive_is_what_it_was_when_the_bucket_was_made(self):
        (place,) = resources(of_archive(), "terraform_data")

        assert place["input"] == {"account_id": "222222222222", "region": "us-east-1"}
        assert place["lifecycle"]["ignore_changes"] == ["input"]
        assert place["depends_on"] == ["aws_s3_bucket.archive_bucket_B42367AB"]

    def test_the_place_of_an_archive_is_compared_with_the_settings_in_every_plan(self):
        (place,) = resources(of_archive(region="eu-west-1"), "terraform_data")

        conditions = {one["condition"]: one["error_message"] for one in place["lifecycle"]["postcondition"]}
        assert conditions['${self.input.region == "eu-west-1"}'].startswith(
            "archive.region can't change to eu-west-1: s3://acme-iam-events was made in ${self.input.region}"
        )
        assert '${self.input.account_id == "222222222222"}' in conditions
