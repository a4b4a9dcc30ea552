"""Which events a pipeline takes, in which region."""

import pytest

from orgtrail.events import (
    IAM_DETAIL_TYPES,
    IAM_SOURCES,
    IDENTITY_SOURCES,
    Events,
    event_pattern,
    home_region,
    rule_state,
    sources_in,
)

IDENTITY = Events()
IAM = Events(IAM_SOURCES, IAM_DETAIL_TYPES)
REGIONAL_IDENTITY_SOURCES = tuple(name for name in IDENTITY_SOURCES if name not in ("aws.iam", "aws.organizations"))


class TestTheIdentityFamily:
    def test_the_identity_family_is_whole_in_the_iam_region(self):
        assert sources_in(IDENTITY, "us-east-1") == IDENTITY_SOURCES

    def test_the_identity_family_is_what_occurs_there_in_any_other_region(self):
        assert sources_in(IDENTITY, "eu-west-1") == REGIONAL_IDENTITY_SOURCES

    def test_the_identity_family_has_the_console_sign_in_in_both_of_its_spellings(self):
        assert {"AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"} <= set(IDENTITY.detail_types)

    def test_the_identity_family_in_govcloud_is_whole_in_the_west(self):
        assert sources_in(IDENTITY, "us-gov-west-1") == IDENTITY_SOURCES
        assert sources_in(IDENTITY, "us-gov-east-1") == REGIONAL_IDENTITY_SOURCES

    def test_the_identity_family_in_china_has_iam_in_beijing_and_organizations_in_ningxia(self):
        beijing, ningxia = sources_in(IDENTITY, "cn-north-1"), sources_in(IDENTITY, "cn-northwest-1")

        assert "aws.iam" in beijing
        assert "aws.organizations" not in beijing
        assert "aws.organizations" in ningxia
        assert "aws.iam" not in ningxia


class TestTheBareIamPattern:
    def test_the_bare_iam_pattern_is_the_one_this_project_started_from(self):
        assert event_pattern(IAM, "us-east-1") == {
            "source": ["aws.iam"],
            "detail-type": ["AWS API Call via CloudTrail"],
        }

    @pytest.mark.parametrize("region", ["eu-west-1", "us-gov-east-1", "cn-northwest-1"])
    def test_the_bare_iam_pattern_leaves_a_pipeline_outside_the_iam_region_dead(self, region):
        assert sources_in(IAM, region) == ()


class TestSourcesByHand:
    def test_sources_by_hand_keep_their_order(self):
        events = Events(("aws.sts", "aws.iam", "aws.kms"))

        assert sources_in(events, "us-east-1") == ("aws.sts", "aws.iam", "aws.kms")

    def test_sources_by_hand_lose_what_cannot_occur_in_the_region(self):
        events = Events(("aws.sts", "aws.iam", "aws.kms"))

        assert sources_in(events, "eu-west-1") == ("aws.sts", "aws.kms")

    def test_sources_by_hand_make_the_pattern_together_with_their_detail_types(self):
        events = Events(("aws.kms",), ("AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"))

        assert event_pattern(events, "eu-west-1") == {
            "source": ["aws.kms"],
            "detail-type": ["AWS API Call via CloudTrail", "AWS Service Event via CloudTrail"],
        }


@pytest.mark.parametrize(
    ("source", "partition", "region"),
    [
        ("aws.iam", "aws", "us-east-1"),
        ("aws.iam", "aws-cn", "cn-north-1"),
        ("aws.iam", "aws-us-gov", "us-gov-west-1"),
        ("aws.iam", "aws-eusc", "eusc-de-east-1"),
        ("aws.organizations", "aws", "us-east-1"),
        ("aws.organizations", "aws-cn", "cn-northwest-1"),
        ("aws.organizations", "aws-us-gov", "us-gov-west-1"),
        ("aws.organizations", "aws-eusc", "eusc-de-east-1"),
        ("aws.signin", "aws", None),
        ("aws.kms", "aws", None),
    ],
)
def test_a_global_service_has_one_home_and_any_other_has_none(source, partition, region):
    assert home_region(source, partition) == region


def test_nothing_occurs_in_a_region_that_does_not_exist():
    assert sources_in(IDENTITY, "us-east-9") == ()


def test_a_rule_never_sees_read_only_events_unless_its_state_says_so():
    assert rule_state(Events(include_read_only=False)) == "ENABLED"
    assert rule_state(Events(include_read_only=True)) == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
