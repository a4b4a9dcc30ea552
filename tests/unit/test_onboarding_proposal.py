"""What of accounts.yaml is behind AWS Organizations, from plain values."""

from dataclasses import replace

import pytest

from orgtrail.onboarding.consequences import consequences
from orgtrail.onboarding.edit import Value
from orgtrail.onboarding.entry_names import entry_name
from orgtrail.onboarding.members import Member, Organization
from orgtrail.onboarding.proposal import propose, whose_tags
from orgtrail.settings import Sync, Wave
from tests.builders import a_rollout, a_trail, an_account, an_s3_state, settings

MANAGEMENT = "111111111111"
ENTRY = an_account(account_id="333333333333", name="payments-prod")
OTHER = an_account(account_id="444444444444", name="legacy")


def an_organization(*members, units=None):
    """These, and the management account."""
    return Organization(
        "o-a1b2c3d4e5", MANAGEMENT, MANAGEMENT, (Member(MANAGEMENT, "root", "ACTIVE"), *members), units or {}
    )


def member(account_id="333333333333", name="Payments Prod", state="ACTIVE", exact=True):
    return Member(account_id, name, state, exact)


def proposed(accounts, members, in_aws=None, units=None, waves=(), **sync):
    file = replace(settings(*accounts), sync=Sync(**sync), rollout=a_rollout(waves=waves or a_rollout().waves))
    return propose(file, an_organization(*members, units=units), in_aws or {})


def changes(*arguments, **options):
    return [(one.kind, one.name, one.text) for one in proposed(*arguments, **options).changes]


class TestJoined:
    def test_an_account_without_an_entry_gets_one(self):
        found = proposed([ENTRY], [member(), member("555555555555", "Sandbox (Ops)")])

        assert found.entries == ({"account_id": "555555555555", "name": "sandbox-ops"},)
        assert found.is_behind

    def test_new_entries_come_in_the_order_of_their_ids(self):
        found = proposed([], [member("555555555555", "b"), member("444444444444", "a")])

        assert [entry["account_id"] for entry in found.entries] == ["444444444444", "555555555555"]

    def test_the_management_account_joins_only_if_it_is_included(self):
        assert proposed([], []).entries == ()
        assert proposed([], [], include=(MANAGEMENT,)).entries == ({"account_id": MANAGEMENT, "name": "root"},)

    @pytest.mark.parametrize("state", ["PENDING_ACTIVATION", "SUSPENDED", "PENDING_CLOSURE", "CLOSED"])
    def test_an_account_that_cannot_be_entered_does_not_join(self, state):
        assert proposed([], [member(state=state)]).changes == ()

    def test_a_name_that_is_taken_gets_the_accounts_id(self):
        found = proposed(
            [ENTRY], [member(), member("555555555555", "payments_prod"), member("666666666666", "PAYMENTS prod")]
        )

        assert [entry["name"] for entry in found.entries] == ["payments_prod", "payments-prod-666666666666"]

    def test_none_gets_the_name_of_the_trails_stack_where_there_is_one(self):
        named = replace(settings(), trail=a_trail())

        found = propose(named, an_organization(member(name="Trail")), {})

        assert [entry["name"] for entry in found.entries] == ["trail-333333333333"]

    def test_a_tag_that_nothing_of_ours_can_have_costs_itself_alone(self):
        in_aws = {"333333333333": {"env": "<prod>", "owner": "web"}}
        found = proposed([], [member(name="pay")], in_aws, copy_tags=("env", "owner"))

        assert [entry["tags"] for entry in found.entries] == [{"owner": "web"}]
        assert [(one.kind, one.text) for one in found.changes] == [
            ("kept", "tag env has a character that a tag's value can't have, so it isn't taken over"),
            ("joined", "called pay"),
        ]

    def test_tags_that_are_asked_for_come_along(self):
        tags = {"555555555555": {"env": "prod", "cost": "1"}}
        found = proposed([], [member("555555555555", "a")], tags, copy_tags=("env", "owner"))

        assert found.entries == ({"account_id": "555555555555", "name": "a", "tags": {"env": "prod"}},)


MEMBERS = (member("555555555555", "web"), member("666666666666", "db"), member("777777777777", "lab"))
UNITS = {"/Workloads": frozenset({"555555555555", "666666666666"}), "/Labs": frozenset({"777777777777"})}
TAGS = {"555555555555": {"env": "prod-1"}, "666666666666": {"env": "dev"}}


class TestChosen:
    @pytest.mark.parametrize(
        ("sync", "chosen"),
        [
            ({}, ["web", "db", "lab"]),
            ({"organizational_units": ("/Workloads",)}, ["web", "db"]),
            ({"organizational_units": ("/Workloads", "/Labs"), "exclude": ("666666666666",)}, ["web", "lab"]),
            ({"organizational_units": ("/Workloads",), "include": ("la*",)}, ["web", "db", "lab"]),
            ({"organizational_units": ("/Workloads",), "include": ("/Labs",), "exclude": ("l?b",)}, ["web", "db"]),
            ({"exclude": ("/Workloads",)}, ["lab"]),
            ({"tags": {"env": "prod-*"}}, ["web"]),
            ({"tags": {"env": "prod-*"}, "include": ("db",)}, ["web", "db"]),
            ({"tags": {"env": "prod-*"}, "include": ("db",), "exclude": ("*b",)}, []),
        ],
    )
    def test_units_tags_include_and_exclude_go_together_and_exclude_wins(self, sync, chosen):
        found = proposed([], MEMBERS, TAGS, UNITS, **sync)

        assert [entry["name"] for entry in found.entries] == chosen
        assert found.unlisted == 4 - len(chosen)

    def test_tags_are_asked_of_accounts_that_they_matter_for_and_of_no_others(self):
        def asked(**sync):
            return whose_tags(replace(settings(), sync=Sync(**sync)), an_organization(*MEMBERS, units=UNITS))

        assert asked() == ()
        assert asked(tags={"a": "b"}, organizational_units=("/Labs",)) == ["777777777777"]
        assert asked(copy_tags=("a",), exclude=("web",)) == ["666666666666", "777777777777"]


class TestMarked:
    @pytest.mark.parametrize(
        ("before", "state", "exact", "after"),
        [
            ("active", "SUSPENDED", True, "suspended"),
            ("active", "PENDING_CLOSURE", True, "closed"),
            ("active", "CLOSED", True, "closed"),
            ("suspended", "CLOSED", True, "closed"),
            ("suspended", "ACTIVE", True, "active"),
            ("active", "SUSPENDED", False, "suspended"),
            # The old field says so of closed accounts too.
            ("closed", "SUSPENDED", False, None),
            ("closed", "SUSPENDED", True, "suspended"),
            ("suspended", "PENDING_ACTIVATION", True, None),
            ("active", "A_STATE_OF_TOMORROW", True, None),
        ],
    )
    def test_the_state_in_organizations_becomes_the_status(self, before, state, exact, after):
        found = proposed([replace(ENTRY, status=before)], [member(state=state, exact=exact)])

        assert found.values == ((Value(0, "status", after),) if after else ())

    def test_what_is_excluded_is_left_alone_whatever_became_of_it(self):
        found = proposed([ENTRY], [member(state="CLOSED")], exclude=("333333333333",))

        assert (found.changes, found.untouched) == ((), 1)

    @pytest.mark.parametrize("excluded", ["payments-prod", "payments-*"])
    def test_an_entry_is_excluded_by_its_own_name_too(self, excluded):
        found = proposed([ENTRY], [member(name="Bank")], exclude=(excluded,))

        assert (found.changes, found.untouched) == ((), 1)

    def test_an_entry_that_sync_would_not_choose_is_marked_all_the_same(self):
        found = proposed(
            [ENTRY], [member(state="CLOSED")], units={"/Labs": frozenset()}, organizational_units=("/Labs",)
        )

        assert found.values == (Value(0, "status", "closed"),)


class TestLeft:
    def test_an_account_that_left_is_told_and_its_entry_stays(self):
        found = proposed([ENTRY, OTHER], [member()])

        assert [(one.kind, one.name) for one in found.changes] == [("left", "legacy")]
        assert (found.values, found.entries, found.is_behind) == ((), (), True)

    @pytest.mark.parametrize("excluded", ["444444444444", "legacy", "leg*"])
    def test_one_that_was_never_in_the_organization_can_be_excluded(self, excluded):
        assert changes([ENTRY, OTHER], [member()], exclude=(excluded,)) == []


class TestRenamed:
    def test_an_entry_takes_its_accounts_new_name(self):
        found = proposed([ENTRY, OTHER], [member(name="Pay"), member("444444444444", "legacy")])

        assert found.values == (Value(0, "name", "pay"),)
        assert [(one.kind, one.name, one.text) for one in found.changes] == [("renamed", "pay", "was payments-prod")]

    @pytest.mark.parametrize("name", ["payments prod", "PAYMENTS-PROD", "payments--prod"])
    def test_a_name_that_differs_in_what_a_stacks_name_cannot_have_is_the_same(self, name):
        assert changes([ENTRY], [member(name=name)]) == []

    def test_one_that_got_its_id_into_its_name_keeps_it(self):
        entry = replace(ENTRY, name="web-333333333333")

        assert changes([entry], [member(name="web")]) == []

    def test_nobody_gets_a_name_that_another_has_or_gives_up_and_whose_state_may_still_be_there(self):
        found = proposed([ENTRY, OTHER], [member(name="legacy"), member("444444444444", "payments prod")])

        assert [value.value for value in found.values] == ["legacy-333333333333", "payments-prod-444444444444"]
        joined = proposed([ENTRY], [member(name="pay"), member("555555555555", "payments-prod")])
        assert joined.entries[0]["name"] == "payments-prod-555555555555"

    def test_names_stay_if_the_file_says_so(self):
        found = proposed([ENTRY], [member(name="Pay")], rename=False)

        assert (found.values, found.is_behind) == ((), False)
        assert [one.text for one in found.changes] == ["is pay in AWS now; its name stays"]

    def test_a_name_that_a_wave_names_stays(self):
        found = changes([ENTRY], [member(name="Pay")], waves=(Wave("canary", ("payments-prod",)),))

        assert found == [
            (
                "kept",
                "payments-prod",
                "is pay in AWS now; its name stays, as rollout.waves names payments-prod: write its id there",
            )
        ]

    def test_a_template_makes_the_name(self):
        found = proposed([], [member("555555555555", "Web")], name="aws-{name}-{account_id}")

        assert found.entries[0]["name"] == "aws-web-555555555555"


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Payments  Prod (EU)", "payments-prod-eu"),
        ("会計", "account-333333333333"),
        ("Archive", "account-333333333333"),
        ("x" * 80, "x" * 63),
        ("_a_", "a"),
    ],
)
def test_any_name_becomes_one_that_a_stack_can_have(name, made):
    assert entry_name("{name}", name=name, account_id="333333333333") == made


def test_tags_of_an_entry_follow_where_they_are_copied():
    entry = replace(ENTRY, tags={"env": "dev", "owner": "me"})
    found = proposed(
        [entry], [member()], {"333333333333": {"env": "prod", "owner": "me", "x": "y"}}, copy_tags=("env", "owner")
    )

    assert found.values == (Value(0, "tags", {"env": "prod"}),)


class TestConsequences:
    RENAMED = replace(ENTRY, name="pay")

    def told(self, before, after, **options):
        file = replace(settings(before, OTHER), **options)
        return list(consequences(file, replace(file, accounts=(after, OTHER))))

    def test_a_state_that_is_found_by_name_is_moved(self):
        [told] = self.told(ENTRY, self.RENAMED)

        assert told.endswith("mv -n -- terraform.payments-prod.tfstate terraform.pay.tfstate")

    def test_a_state_that_is_found_by_id_stays(self):
        assert self.told(ENTRY, self.RENAMED, state=an_s3_state()) == []

    def test_another_role_is_told(self):
        new = replace(self.RENAMED, roles=("arn:aws:iam::333333333333:role/pay",))

        assert self.told(ENTRY, new, state=an_s3_state()) == [
            "pay (333333333333): its role becomes arn:aws:iam::333333333333:role/pay"
        ]

    def test_a_wave_that_it_leaves_by_its_new_name_is_told(self):
        waves = a_rollout(waves=(Wave("canary", ("payments-*",)), Wave("rest", ("*",))))

        assert self.told(ENTRY, self.RENAMED, state=an_s3_state(), rollout=waves) == [
            "pay (333333333333): by its new name it leaves wave canary",
            "Change by hand as well, or `check` refuses the file: rollout.waves[0].accounts[0] matches no account's "
            "name",
        ]

    def test_a_wave_that_a_mark_leaves_empty_is_told(self):
        waves = a_rollout(waves=(Wave("canary", ("payments-*",)),))
        marked = replace(ENTRY, status="closed")

        assert self.told(ENTRY, marked, rollout=waves) == [
            "Change by hand as well, or `check` refuses the file: rollout.waves[0].accounts select no account that is "
            "rolled out: payments-prod is closed"
        ]
