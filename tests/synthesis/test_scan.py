"""What scripts/scan.py makes of findings and notes. The scan itself: tests/rehearsal/test_scan.py."""

import re

import pytest

from scripts.scan import Finding, Place, Scan, judge
from tests.builders import REPOSITORY
from tests.findings import EVIDENCE, SAMPLE, notes, synthesized

pytestmark = pytest.mark.xdist_group("synthesis")

WITHOUT_ORGANIZATION = REPOSITORY / "tests" / "accounts" / "good" / "smallest.yaml"

LOGGING = Place("archive", "CKV_AWS_18", "aws_s3_bucket.archive")
REPLICATION = Place("archive", "CKV_AWS_144", "aws_s3_bucket.archive")


def checks(document):
    return {check for _resource, check, _reason in notes(document)}


class TestTheVerdict:
    def test_the_verdict_on_a_failed_check_without_a_note_is_that_it_failed(self):
        assert judge([Scan("a.yaml", 5, {LOGGING: "Ensure access logging"}, {})]) == [
            Finding("a.yaml", *LOGGING, "failed", "Ensure access logging")
        ]

    def test_the_verdict_on_a_failed_check_with_a_note_is_the_notes_reason(self):
        assert judge([Scan("a.yaml", 5, {LOGGING: "Ensure access logging"}, {LOGGING: "no bucket"})]) == [
            Finding("a.yaml", *LOGGING, "accepted", "no bucket")
        ]

    def test_the_verdict_on_another_resource_or_stack_than_the_notes_is_that_it_failed(self):
        of_others = [LOGGING._replace(stack="payments"), LOGGING._replace(resource="aws_s3_bucket.other")]
        scans = [Scan("a.yaml", 5, {LOGGING: "Ensure access logging"}, dict.fromkeys(of_others, "no bucket"))]

        assert [finding.verdict for finding in judge(scans) if finding.verdict != "stale"] == ["failed"]

    def test_the_verdict_on_a_note_without_a_finding_is_that_it_is_stale(self):
        assert judge([Scan("a.yaml", 5, {}, {LOGGING: "no bucket"})]) == [
            Finding("a.yaml", *LOGGING, "stale", "accepted, but no longer found: remove the note")
        ]

    def test_the_verdict_on_a_note_that_another_organization_needs_is_nothing(self):
        needed = Scan("a.yaml", 5, {LOGGING: "Ensure access logging"}, {LOGGING: "no bucket"})
        unknown_there = Scan("b.yaml", 5, {}, {LOGGING: "no bucket"})

        assert judge([needed, unknown_there]) == judge([needed])

    def test_the_verdict_covers_every_finding_in_order(self):
        failed = {REPLICATION: "Ensure replication", LOGGING: "Ensure access logging"}

        assert [finding.check for finding in judge([Scan("a.yaml", 5, failed, {})])] == ["CKV_AWS_144", "CKV_AWS_18"]


class TestTheNotesBesideTheResources:
    @pytest.mark.parametrize("accounts", [SAMPLE, EVIDENCE, WITHOUT_ORGANIZATION], ids=lambda path: path.stem)
    def test_the_notes_beside_the_resources_have_the_id_of_a_check_and_a_reason(self, accounts):
        found = [note for document in synthesized(accounts).values() for note in notes(document)]

        assert found
        for _resource, check, reason in found:
            assert re.fullmatch(r"CKV2?_AWS_\d+", check)
            assert len(reason.split()) >= 5

    def test_the_notes_beside_the_resources_leave_cdktfs_own_metadata_in_place(self):
        (policy,) = [
            item
            for item in synthesized(SAMPLE)["archive"]["resource"]["aws_s3_bucket_policy"].values()
            if "checkov" in item["//"]
        ]

        assert policy["//"]["metadata"]["uniqueId"] == "policy"

    def test_the_notes_beside_the_resources_cost_an_accounts_stack_one_for_each_region(self):
        assert len(list(notes(synthesized(SAMPLE)["payments-prod"]))) == 2

    def test_the_notes_beside_the_resources_say_nothing_of_settings_that_are_made(self):
        unset = {"CKV_AWS_145", "CKV_AWS_18"}

        assert checks(synthesized(SAMPLE)["archive"]) >= unset
        assert not checks(synthesized(EVIDENCE)["archive"]) & unset

    def test_the_notes_beside_the_resources_explain_the_policy_for_everybody_only_where_there_is_one(self):
        assert "CKV_AWS_70" in checks(synthesized(SAMPLE)["archive"])
        assert "CKV_AWS_70" not in checks(synthesized(WITHOUT_ORGANIZATION)["archive"])
