"""A stack's provider: which account it may touch, as whom, and how it reaches several regions."""

import pytest

from orgtrail.regions import regions_of
from tests.builders import (
    PROVIDER_5,
    PROVIDER_6,
    account_stack,
    an_account,
    an_archive,
    archive_stack,
    resources,
    settings,
)

pytestmark = pytest.mark.xdist_group("synthesis")

REGIONS = ("eu-west-1", "us-east-1", "ap-northeast-1")
CHAIN = ("arn:aws:iam::111111111111:role/hub", "arn:aws:iam::333333333333:role/orgtrail")


@pytest.fixture(scope="module")
def with_6():
    """The stack of an account of three regions, for AWS provider 6."""
    return account_stack(an_account(regions=REGIONS), provider=PROVIDER_6)


@pytest.fixture(scope="module")
def with_5():
    """The same for AWS provider 5."""
    return account_stack(an_account(regions=REGIONS, roles=CHAIN, external_id="secret"), provider=PROVIDER_5)


def providers(stack):
    return stack["provider"]["aws"]


def regional(stack):
    """Every resource but the roles, which are global."""
    return [item for kind in stack["resource"] if not kind.startswith("aws_iam_") for item in resources(stack, kind)]


class TestWithProvider6:
    def test_there_is_one_provider_however_many_regions(self, with_6):
        assert len(providers(with_6)) == 1
        assert "alias" not in providers(with_6)[0]

    def test_each_resource_says_in_which_region_it_is(self, with_6):
        assert {item["region"] for item in regional(with_6)} == set(REGIONS)

    def test_no_resource_names_a_provider(self, with_6):
        assert not [item for item in regional(with_6) if "provider" in item]


class TestWithProvider5:
    def test_the_iam_region_is_the_providers_own(self, with_5):
        assert providers(with_5)[0]["region"] == "us-east-1"
        assert "alias" not in providers(with_5)[0]

    def test_every_other_region_of_the_partition_is_an_alias_used_or_not(self, with_5):
        assert {provider["alias"]: provider["region"] for provider in providers(with_5)[1:]} == {
            region: region for region in regions_of("aws") if region != "us-east-1"
        }

    def test_each_resource_outside_the_iam_region_names_its_regions_alias(self, with_5):
        assert {item.get("provider") for item in regional(with_5)} == {None, "aws.eu-west-1", "aws.ap-northeast-1"}

    def test_no_resource_has_the_argument_that_provider_5_does_not_know(self, with_5):
        assert not [item for item in regional(with_5) if "region" in item]

    def test_the_roles_are_made_by_the_default_provider(self, with_5):
        assert not [role for role in resources(with_5, "aws_iam_role") if "provider" in role]

    def test_every_alias_is_bound_to_the_account_as_the_default_is(self, with_5):
        def identity(provider):
            return {key: value for key, value in provider.items() if key not in ("alias", "region")}

        assert identity(providers(with_5)[0])["assume_role"][-1]["external_id"] == "secret"
        assert all(identity(provider) == identity(providers(with_5)[0]) for provider in providers(with_5))


@pytest.mark.parametrize("provider", [PROVIDER_5, PROVIDER_6], ids=["5", "6"])
class TestWithEither:
    def test_the_version_in_use_is_demanded_exactly(self, provider):
        stack = account_stack(an_account(), provider=provider)

        assert stack["terraform"]["required_providers"]["aws"]["version"] == provider.version

    @pytest.mark.parametrize(
        ("partition", "region", "home"),
        [
            ("aws", "eu-west-1", "us-east-1"),
            ("aws-us-gov", "us-gov-east-1", "us-gov-west-1"),
            ("aws-cn", "cn-northwest-1", "cn-north-1"),
        ],
    )
    def test_the_provider_stands_in_the_iam_region_wherever_the_account_is(self, provider, partition, region, home):
        account = an_account(regions=(region,))
        organization = settings(account, archive=an_archive(region=region), partition=partition)

        assert providers(account_stack(account, organization, provider))[0]["region"] == home

    def test_moving_an_account_to_another_region_does_not_move_the_provider(self, provider):
        before = account_stack(an_account(regions=("us-east-1",)), provider=provider)
        after = account_stack(an_account(regions=("eu-west-1",)), provider=provider)

        assert providers(before) == providers(after)


class TestTheAccountAProviderMayTouch:
    def test_the_account_a_provider_may_touch_is_the_stacks_own(self, with_6):
        assert providers(with_6)[0]["allowed_account_ids"] == ["333333333333"]

    def test_the_account_a_provider_may_touch_is_the_archives_own_for_the_archive(self):
        assert providers(archive_stack())[0]["allowed_account_ids"] == ["222222222222"]


class TestTheRolesOfAnAccount:
    def test_the_roles_of_an_account_are_not_assumed_where_there_are_none(self, with_6):
        assert "assume_role" not in providers(with_6)[0]

    def test_the_roles_of_an_account_are_assumed_one_after_the_other_and_the_last_is_shown_the_external_id(self):
        stack = account_stack(an_account(roles=CHAIN, external_id="secret", session_name="rollout"))

        assert providers(stack)[0]["assume_role"] == [
            {"role_arn": "arn:aws:iam::111111111111:role/hub", "session_name": "rollout"},
            {
                "role_arn": "arn:aws:iam::333333333333:role/orgtrail",
                "session_name": "rollout",
                "external_id": "secret",
            },
        ]

    def test_the_roles_of_an_account_are_assumed_by_the_archives_stack_too(self):
        roles = ("arn:aws:iam::222222222222:role/orgtrail",)
        stack = archive_stack(settings(an_account(), archive=an_archive(roles=roles)))

        assert [link["role_arn"] for link in providers(stack)[0]["assume_role"]] == list(roles)

    def test_the_roles_of_an_account_start_from_the_accounts_profile(self):
        assert providers(account_stack(an_account(profile="shared")))[0]["profile"] == "shared"


class TestTags:
    def test_tags_of_an_account_are_on_everything_and_say_who_manages_it(self):
        stack = account_stack(an_account(tags={"env": "prod", "owner": "security"}))

        assert providers(stack)[0]["default_tags"] == [
            {"tags": {"env": "prod", "owner": "security", "ManagedBy": "orgtrail"}}
        ]

    def test_tags_of_the_archive_are_on_everything_of_the_archive(self):
        stack = archive_stack(settings(an_account(), archive=an_archive(tags={"data": "audit"})))

        assert providers(stack)[0]["default_tags"] == [{"tags": {"data": "audit", "ManagedBy": "orgtrail"}}]
