"""The stacks for AWS provider 6, never run here: by its own schema, and by what it is known to refuse."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from orgtrail.settings import load
from orgtrail.terraform.provider import Provider
from tests.builders import PROVIDER_6, REPOSITORY, Document, account_stack, archive_stack, trail_stack
from tests.provider_rules import RULES
from tests.provider_schema import ResourceType, resource_types

pytestmark = pytest.mark.xdist_group("synthesis")

# What `archive` takes beside what is in the files of tests/accounts/good.
MORE = """
archive: {account_id: "222222222222", region: eu-west-1, bucket: acme-iam-events, kms_key: managed, adopt: true,
  object_lock: {mode: compliance, days: 400}, transitions: [{days: 90, storage_class: GLACIER_IR}], expire_days: 3650,
  break_glass_role: BreakGlass, access_logs: {bucket: acme-access-logs}}
state: {backend: local}
accounts: [{account_id: "333333333333", name: payments, regions: [us-east-1, eu-west-1], role: Deploy,
  external_id: secret, session_name: ci, profile: p, tags: {env: prod}},
  {account_id: "444444444444", name: iam, regions: [us-east-1], events: iam}]
"""


@pytest.fixture(scope="module")
def stacks(tmp_path_factory):
    """The archive, the trail and the first two accounts of each organization, by name."""
    more = tmp_path_factory.mktemp("accounts") / "adopted.yaml"
    more.write_text(MORE, encoding="utf-8")
    return dict(synthesized([*sorted((REPOSITORY / "tests" / "accounts" / "good").glob("*.yaml")), more]))


def synthesized(files: list[Path], provider: Provider = PROVIDER_6) -> Iterator[tuple[str, Document]]:
    for file in files:
        organization = load(file)
        yield f"{file.stem}: archive", archive_stack(organization, provider)
        if organization.trail:
            yield f"{file.stem}: trail", trail_stack(organization, provider)
        for account in organization.accounts[:2]:
            yield f"{file.stem}: {account.name}", account_stack(account, organization, provider)


def of_aws(stack: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Type, address and arguments of what the AWS provider reads of a stack."""
    for number, configuration in enumerate(stack["provider"]["aws"]):
        yield "aws", f"provider {number}", configuration
    for kind, items in stack.get("resource", {}).items():
        for name, arguments in items.items() if kind.startswith("aws_") else ():
            yield kind, f"{kind}.{name}", arguments


@cache
def types_of_rules() -> dict[str, ResourceType]:
    return resource_types(frozenset(RULES))


@cache
def validator(kind: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({"allOf": [types_of_rules()[kind].schema(), *RULES[kind]]})


def faults(stack: Document) -> list[str]:
    return [
        f"{address} {fault.json_path}: {fault.message[:200]}"
        for kind, address, arguments in of_aws(stack)
        for fault in validator(kind).iter_errors(arguments)
    ]


class TestTheStacks:
    def test_provider_6_would_take_every_argument(self, stacks):
        assert {name: found for name, stack in stacks.items() if (found := faults(stack))} == {}

    def test_every_type_that_orgtrail_makes_is_among_them(self, stacks):
        bindings = (REPOSITORY / "constructs" / "cdktf_bindings.py").read_text(encoding="utf-8")
        modules = set(re.findall(r"^from cdktf_cdktf_provider_aws\.(\w+) import", bindings, re.MULTILINE))
        made = {kind for stack in stacks.values() for kind, _, _ in of_aws(stack)}

        # One that is missing: add it to RULES, to the table of docs/provider-6.md, and to an organization above.
        assert made == {f"aws_{module}" for module in modules - {"provider"}} | {"aws"} == RULES.keys()

    def test_what_they_read_of_another_resource_exists_in_provider_6(self, stacks):
        for name, stack in stacks.items():
            text = json.dumps(stack)
            for kind, resource, attribute in re.findall(r"\b(aws_\w+)\.([\w-]+)\.(\w+)", text):
                assert resource in stack["resource"][kind], f"{name}: {kind}.{resource}"
                assert attribute in types_of_rules()[kind].attributes, f"{name}: {kind}.{attribute}"

    def test_each_resource_says_its_region_unless_its_type_has_none_or_a_provider_of_its_own_does(self, stacks):
        for name, stack in stacks.items():
            for kind, address, arguments in of_aws(stack):
                if kind != "aws":
                    takes = "region" in types_of_rules()[kind].attributes and "provider" not in arguments
                    assert ("region" in arguments) == takes, f"{name}: {address}"

    def test_only_resources_of_iam_have_no_region(self):
        without = {kind for kind, found in types_of_rules().items() if "region" not in found.attributes}

        assert without == {"aws_iam_role", "aws_iam_role_policy"}

    def test_with_aliases_kept_no_resource_says_its_region_and_provider_6_takes_that_too(self, stacks):
        keeping = Provider("6.25.0", None, keeps_aliases=True)
        (archive, kept) = synthesized(
            [REPOSITORY / "tests" / "accounts" / "good" / "moving-layout-and-key.yaml"], keeping
        )

        assert faults(kept[1]) == faults(archive[1]) == []
        assert not [address for kind, address, item in of_aws(kept[1]) if kind != "aws" and "region" in item]


class TestTheDocumentation:
    def test_the_page_has_a_row_for_each_type(self):
        page = (REPOSITORY / "docs" / "provider-6.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| `(aws\w*)` \|", page, re.MULTILINE)

        assert rows == sorted(RULES)


class TestTheCheckItself:
    """Each of these must be found, else a sound stack says nothing."""

    @pytest.fixture
    def rule(self):
        return {"name": "a", "event_pattern": "{}", "state": "ENABLED", "region": "us-east-1"}

    def found(self, kind, arguments):
        return [fault.message for fault in validator(kind).iter_errors(arguments)]

    def test_a_sound_resource_has_no_fault(self, rule):
        assert self.found("aws_cloudwatch_event_rule", rule) == []

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"patern": "{}"}, "'patern' was unexpected"),
            ({"arn": "arn:aws:events:us-east-1:1:rule/a"}, "'arn' was unexpected"),
            ({"tags": "none"}, "is not valid under any of the given schemas"),
            ({"force_destroy": "yes"}, "is not valid under any of the given schemas"),
            ({"is_enabled": True}, "False schema does not allow True"),
            ({"name_prefix": "a"}, "should not be valid under"),
            ({"state": "ON"}, "'ON' is not one of"),
        ],
        ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
    )
    def test_a_fault_is_found(self, rule, change, fault):
        assert any(fault in message for message in self.found("aws_cloudwatch_event_rule", rule | change))

    def test_a_required_argument_that_is_missing_is_found(self):
        (message,) = self.found("aws_cloudwatch_log_stream", {"name": "a"})
        assert message == "'log_group_name' is a required property"

    def test_a_fault_in_a_block_is_found(self):
        stream = {"name": "a", "destination": "extended_s3", "extended_s3_configuration": {"bucket_arn": "x"}}
        (message,) = self.found("aws_kinesis_firehose_delivery_stream", stream)
        assert message == "'role_arn' is a required property"

    def test_two_blocks_where_one_may_be_are_found(self):
        block = {"status": "Enabled"}
        arguments = {"bucket": "b", "versioning_configuration": [block, block]}
        (message,) = self.found("aws_s3_bucket_versioning", arguments)
        assert "is too long" in message or "expected at most" in message
