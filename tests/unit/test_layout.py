"""The one template that says where in the archive an event lands."""

import re
from datetime import UTC, datetime
from fnmatch import fnmatchcase

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from orgtrail.firehose_prefix import evaluate
from orgtrail.layout import DEFAULT_LAYOUT, Layout
from orgtrail.regions import partitions, regions_of

HIVE = "account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/"
WITH_HOURS = "{account_id}/{region}/{yyyy}/{MM}/{dd}/{HH}/"
IN_A_FOLDER = "security/iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/"
ALL_IN_ONE_NAME = "{account_id}/{region}-{yyyy}-{MM}-{dd}/"

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize("template", [DEFAULT_LAYOUT, HIVE, WITH_HOURS, IN_A_FOLDER, ALL_IN_ONE_NAME])
def test_a_valid_layout_has_no_problems(template):
    assert Layout.problems(template) == []


@pytest.mark.parametrize(
    ("template", "prefix"),
    [
        (DEFAULT_LAYOUT, "333333333333/eu-west-1/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/"),
        (
            HIVE,
            "account=333333333333/region=eu-west-1/day=!{timestamp:yyyy}-!{timestamp:MM}-!{timestamp:dd}/",
        ),
        (
            WITH_HOURS,
            "333333333333/eu-west-1/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/!{timestamp:HH}/",
        ),
        (
            IN_A_FOLDER,
            "security/iam/333333333333/eu-west-1/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/",
        ),
    ],
)
def test_a_pipelines_prefix_is_the_template_with_firehose_expressions_for_times(template, prefix):
    assert Layout(template).prefix("333333333333", "eu-west-1") == prefix


@pytest.mark.parametrize(
    ("template", "error_prefix"),
    [
        (DEFAULT_LAYOUT, "errors/333333333333/eu-west-1/"),
        (HIVE, "errors/333333333333/eu-west-1/"),
        (IN_A_FOLDER, "security/iam/errors/333333333333/eu-west-1/"),
    ],
)
def test_errors_land_beside_the_events(template, error_prefix):
    assert Layout(template).error_prefix("333333333333", "eu-west-1") == (
        error_prefix + "!{firehose:error-output-type}/!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}/"
    )


@pytest.mark.parametrize(
    ("template", "backfill"),
    [
        (DEFAULT_LAYOUT, f"backfill/{DEFAULT_LAYOUT}"),
        (HIVE, f"backfill/{HIVE}"),
        (IN_A_FOLDER, "security/iam/backfill/{account_id}/{region}/{yyyy}/{MM}/{dd}/"),
    ],
)
def test_what_is_backfilled_lies_beside_the_events_in_the_same_folders(template, backfill):
    assert Layout(template).backfill == Layout(backfill)
    assert Layout.problems(backfill) == []


@pytest.mark.parametrize(
    ("template", "patterns"),
    [
        (DEFAULT_LAYOUT, ("333333333333/*", "errors/333333333333/*")),
        (HIVE, ("account=333333333333/*", "errors/333333333333/*")),
        (IN_A_FOLDER, ("security/iam/333333333333/*", "security/iam/errors/333333333333/*")),
    ],
)
def test_two_patterns_cover_all_that_an_account_writes(template, patterns):
    assert Layout(template).key_patterns("333333333333") == patterns


def test_patterns_can_name_whichever_account_is_calling():
    assert Layout().key_patterns("${aws:PrincipalAccount}") == (
        "${aws:PrincipalAccount}/*",
        "errors/${aws:PrincipalAccount}/*",
    )


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (
            "{region}/{account_id}/{yyyy}/{MM}/{dd}/",
            "{account_id} must be its first placeholder: each account may only write under its own prefix",
        ),
        (
            "{account_id}-{region}/{yyyy}/{MM}/{dd}/",
            "{account_id} must be followed by `/`: the bucket policy ends an account's prefix there",
        ),
        ("{account_id}/{yyyy}/{MM}/{dd}/", "{region} is missing: the archive is partitioned by it"),
        ("{account_id}/{region}/{yyyy}/{MM}/", "{dd} is missing: the archive is partitioned by it"),
        ("{account_id}/{region}/{yyyy}/{MM}/{dd}/{dd}/", "{dd} is there more than once"),
        (
            "{account_id}/{region}/{dd}/{MM}/{yyyy}/",
            "{yyyy}, {MM}, {dd} and {HH} must follow each other in this order",
        ),
        (
            "{account_id}/{region}/{yyyy}/{MM}/{dd}",
            "it must end in `/`: Firehose puts the object's name right behind it",
        ),
        ("/{account_id}/{region}/{yyyy}/{MM}/{dd}/", "it has an empty folder name (a leading `/`, or `//`)"),
        ("{account_id}/{region}//{yyyy}/{MM}/{dd}/", "it has an empty folder name (a leading `/`, or `//`)"),
        (
            "it's/{account_id}/{region}/{yyyy}/{MM}/{dd}/",
            "between placeholders it may hold only letters, digits and = _ . - /",
        ),
        (
            "*/{account_id}/{region}/{yyyy}/{MM}/{dd}/",
            "between placeholders it may hold only letters, digits and = _ . - /",
        ),
        (
            "{account_id}/{region}/{yyyy}/{MM}/{day}/",
            "{day} is not a placeholder; known are {account_id}, {region}, {yyyy}, {MM}, {dd}, {HH}",
        ),
    ],
)
def test_a_layout_with_one_fault_has_one_problem_that_says_so(template, problem):
    assert Layout.problems(template) == [problem]


@pytest.mark.parametrize(
    "placeholder", ["{account_id:.3}", "{account_id!r}", "{account_id[0]}", "{account_id.real}", "{}"]
)
def test_a_placeholder_is_a_name_and_nothing_else(placeholder):
    problems = Layout.problems(f"{placeholder}/{{region}}/{{yyyy}}/{{MM}}/{{dd}}/")

    assert len(problems) == 1
    assert "is not a placeholder" in problems[0]


@pytest.mark.parametrize("template", ["{account_id/{region}/", "{account_id}}/", "{account_id"])
def test_unbalanced_braces_are_said_to_be_that(template):
    problems = Layout.problems(template)

    assert len(problems) == 1
    assert problems[0].startswith("its braces don't match")


def test_several_faults_are_told_at_once():
    problems = Layout.problems("/{region}/{yyyy}/{MM}")

    assert len(problems) == 4


@pytest.mark.parametrize("template", ["", "/", "events/"])
def test_a_text_without_placeholders_is_no_layout(template):
    assert Layout.problems(template)


class TestTheLimitOfFirehose:
    """https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html: 512 characters after evaluation."""

    LIMIT = 512

    @staticmethod
    def template(length):
        """A layout whose longest error prefix has this length: with the default one, errors have the longer."""
        tail = "{account_id}/{region}/{yyyy}/{MM}/{dd}/"
        return "f" * (length - Layout(tail).longest_evaluated - 1) + "/" + tail

    def test_a_layout_may_reach_it(self):
        assert Layout(self.template(self.LIMIT)).longest_evaluated == self.LIMIT
        assert Layout.problems(self.template(self.LIMIT)) == []

    def test_a_layout_may_not_pass_it(self):
        assert Layout.problems(self.template(self.LIMIT + 1)) == [
            "its prefixes evaluate to up to 513 characters; Firehose allows 512"
        ]

    @pytest.mark.parametrize("template", [DEFAULT_LAYOUT, HIVE, WITH_HOURS, IN_A_FOLDER])
    def test_the_limit_of_firehose_holds_for_every_region(self, template):
        layout = Layout(template)
        for region in (name for partition in partitions() for name in regions_of(partition)):
            events = evaluate(layout.prefix("3" * 12, region), NOW)
            errors = evaluate(layout.error_prefix("3" * 12, region), NOW, error_output_type="format-conversion-failed")
            assert max(len(events), len(errors)) <= layout.longest_evaluated


_account_ids = st.from_regex(r"[0-9]{12}", fullmatch=True)
_regions = st.sampled_from(["us-east-1", "eu-west-1", "us-gov-west-1"])
# Among them what could be taken for another account's folder, or for that of the errors.
_names = st.text("a1=_.-", max_size=4) | st.sampled_from(
    ["errors", "errors/", "x/errors", "backfill", "backfill/", "333333333333", "a/b/"]
)
_separators = st.sampled_from("-/_.")


@st.composite
def _layouts(draw):
    separator = draw(_separators)
    date = separator.join(["{yyyy}", "{MM}", "{dd}"])
    parts = [date, *draw(st.sampled_from([[], ["{HH}"]]))]
    parts.insert(draw(st.integers(0, len(parts))), "{region}")
    return "/".join([draw(_names) + "{account_id}", *(draw(_names) + part for part in parts)]) + "/"


_valid_layouts = _layouts().filter(lambda template: not Layout.problems(template)).map(Layout)


@given(_valid_layouts, _account_ids, _account_ids, _regions)
def test_no_account_may_write_where_another_accounts_events_or_errors_land(layout, own_id, other_id, region):
    assume(own_id != other_id)
    events = evaluate(layout.prefix(other_id, region), NOW)
    errors = evaluate(layout.error_prefix(other_id, region), NOW, error_output_type="processing-failed")

    for pattern in layout.key_patterns(own_id):
        assert not fnmatchcase(events + "object", pattern)
        assert not fnmatchcase(errors + "object", pattern)


@given(_valid_layouts, _account_ids, _regions)
def test_an_account_may_write_where_its_own_events_and_errors_land(layout, account_id, region):
    events_pattern, errors_pattern = layout.key_patterns(account_id)
    errors = evaluate(layout.error_prefix(account_id, region), NOW, error_output_type="processing-failed")

    assert fnmatchcase(evaluate(layout.prefix(account_id, region), NOW) + "object", events_pattern)
    assert fnmatchcase(errors + "object", errors_pattern)


@given(_valid_layouts, _account_ids, _account_ids, _regions)
def test_no_account_may_write_where_events_are_backfilled_not_even_its_own(layout, own_id, other_id, region):
    for pattern in layout.key_patterns(own_id):
        for account_id in (own_id, other_id):
            assert not fnmatchcase(evaluate(layout.backfill.prefix(account_id, region), NOW) + "object", pattern)


@given(_valid_layouts, _account_ids, _regions)
def test_what_is_backfilled_lies_in_no_partition_of_the_events(layout, account_id, region):
    template = layout.template.replace("{account_id}", "[0-9]{12}")
    events = re.sub(r"\{[a-zA-Z_]+\}", "[^/]+", template)

    assert not re.match(events, evaluate(layout.backfill.prefix(account_id, region), NOW))
