"""Which accounts' stacks may be stamped from one, and what a construct may do without being in the way of that."""

import dataclasses
import hashlib
import json
from types import MappingProxyType

import pytest

from orgtrail.alarms import Alarms
from orgtrail.events import Events
from orgtrail.settings import Account, Buffering
from orgtrail.terraform.shapes import Outline, Stamp, StandIns, Unfit
from tests.builders import ACCOUNT_ID, ARCHIVE_ACCOUNT_ID, OTHER_ACCOUNT_ID, an_account

ROLE = "arn:aws:iam::333333333333:role/deploy"
OF_ITS_OWN = {
    "account_id": OTHER_ACCOUNT_ID,
    "name": "ledger",
    "email": "ledger@example.com",
    "display_name": "The ledger",
    "org_id": "o-other",
    "roles": ("arn:aws:iam::444444444444:role/deploy",),
    "plan_roles": ("arn:aws:iam::444444444444:role/plan",),
    "external_id": "another",
    "session_name": "another",
    "profile": "another",
    "tags": {"env": "test"},
    "permissions_boundary": "arn:aws:iam::444444444444:policy/orgtrail",
    "vars": {"a": [1]},
    "written": frozenset({"tags"}),
}
OF_ITS_SHAPE = {
    "regions": ("eu-west-1",),
    "status": "suspended",
    "events": Events(include_read_only=True),
    "compression": "GZIP",
    "buffering": Buffering(interval_seconds=60),
    "log_retention_days": 90,
    "alarms": Alarms("arn:aws:sns:{region}:{account_id}:alarms"),
    "enabled": False,
}


def payments(**changed):
    plain = {
        "email": "p@example.com",
        "display_name": "Payments",
        "org_id": "o-1",
        "roles": (ROLE,),
        "external_id": "id",
        "profile": "from-here",
        "permissions_boundary": "arn:aws:iam::333333333333:policy/orgtrail",
        "tags": {"env": "prod"},
        "written": frozenset(),
    }
    return an_account(ACCOUNT_ID, **{**plain, **changed})


def stamp_of(build, account=None):
    """The stamp of a stack whose text `build` makes of an account, as JSON."""
    probes = StandIns("").probes(account or payments())
    short, long = (json.dumps(build(probe.account), ensure_ascii=False) for probe in probes)
    return Stamp.of(probes, (short, long))


def stamped(build, account):
    """What the account's stack is, stamped from that of another account."""
    stamp, outline = stamp_of(build), Outline.of(account)
    assert outline.shape == Outline.of(payments()).shape
    assert stamp.fits(outline)
    return json.loads(stamp.fill(outline))


class TestShape:
    def test_every_setting_of_an_account_is_known_to_these_tests(self):
        assert {field.name for field in dataclasses.fields(Account)} == {*OF_ITS_OWN, *OF_ITS_SHAPE}

    @pytest.mark.parametrize("field", OF_ITS_OWN)
    def test_accounts_that_differ_in_a_text_of_their_own_have_one_shape(self, field):
        other = payments(**{field: OF_ITS_OWN[field]}) if field != "account_id" else an_account(OTHER_ACCOUNT_ID)
        reference = payments() if field != "account_id" else an_account()

        assert Outline.of(other).shape == Outline.of(reference).shape

    @pytest.mark.parametrize("field", OF_ITS_SHAPE)
    def test_accounts_that_differ_in_anything_else_have_two_shapes(self, field):
        assert Outline.of(payments(**{field: OF_ITS_SHAPE[field]})).shape != Outline.of(payments()).shape

    def test_a_setting_that_neither_comparisons_nor_repr_show_is_part_of_it_too(self):
        @dataclasses.dataclass(frozen=True)
        class Extended(Account):
            hidden: str = dataclasses.field(default="", compare=False, repr=False)

        plain = {field.name: getattr(payments(), field.name) for field in dataclasses.fields(Account)}

        assert Outline.of(Extended(**plain, hidden="a")).shape != Outline.of(Extended(**plain, hidden="b")).shape

    @pytest.mark.parametrize(
        "changed",
        [
            {"roles": ()},
            {"roles": (ROLE, "arn:aws:iam::444444444444:role/deploy")},
            {"external_id": None},
            {"profile": None},
            {"tags": {"environment": "prod"}},
            {"tags": {"env": "prod", "team": "a"}},
            {"tags": {"env": ""}},
            {"tags": {"env": 'in "quotes"'}},
            {"tags": {"env": "${var.a}"}},
            {"tags": {"env": "a\nb"}},
        ],
    )
    def test_accounts_that_lack_a_text_or_have_more_or_one_to_be_escaped_have_two_shapes(self, changed):
        assert Outline.of(payments(**changed)).shape != Outline.of(payments()).shape

    def test_texts_that_are_equal_in_one_account_are_so_in_all_of_its_shape(self):
        tagged = payments(tags={"env": ACCOUNT_ID})

        assert Outline.of(tagged).shape != Outline.of(payments()).shape
        assert Outline.of(payments(roles=(ROLE, ROLE))).shape != Outline.of(payments(roles=(ROLE, "other"))).shape

    def test_the_order_of_tags_is_part_of_it(self):
        one, other = payments(tags={"a": "x", "b": "y"}), payments(tags=MappingProxyType({"b": "y", "a": "x"}))

        assert Outline.of(one).shape != Outline.of(other).shape


class TestStamp:
    def test_texts_are_put_in_wherever_a_construct_places_them(self):
        def build(account):
            policy = json.dumps({"Condition": {"StringEquals": {"aws:SourceAccount": account.account_id}}})
            return [account.name, f"{account.name}/{account.account_id}", policy, {"tags": dict(account.tags)}]

        other = payments(name="p", tags={"env": "payments 333333333333 Ω日"})

        assert stamped(build, other) == build(other)

    def test_texts_that_contain_each_other_dont_mix(self):
        other = payments(name="payments-prod", tags={"env": "payments-prod-2"}, profile="prod", session_name="payments")

        def build(account):
            return [account.name, account.tags["env"], account.profile, account.session_name]

        assert stamped(build, other) == build(other)

    def test_ids_are_found_behind_other_digits(self):
        other = payments()

        def build(account):
            return [f"99{account.account_id}88{account.account_id}"]

        assert stamped(build, other) == build(other)

    @pytest.mark.parametrize(
        "build",
        [
            lambda account: hashlib.sha256(f"{account.name}".encode()).hexdigest(),
            lambda account: f"{account.name}-stack"[:20],
            lambda account: f"{account.name}-stack".upper(),
            lambda account: f"x{account.tags['env']}".strip(),
            lambda account: json.dumps(f"{account.tags['env']}"),
            lambda account: sorted([f"{account.tags['env']}", f"{account.session_name}"]),
            lambda account: sorted([f"{account.name}", "m"]),
            lambda account: sorted([f"{account.name}-x", "s3"]),
            lambda account: sorted([f"arn:{account.account_id}", "arn:350000000000"]),
            lambda account: int(f"{account.account_id}") % 2,
            lambda account: len(f"{account.name}"),
            lambda account: f"{account.account_id}"[-4:],
        ],
        ids=[
            "hash",
            "cut",
            "case",
            "strip",
            "escape",
            "sorted",
            "sorted with others",
            "sorted, late",
            "sorted ids",
            "parity",
            "length",
            "part",
        ],
    )
    def test_nothing_is_stamped_where_a_construct_makes_something_else_of_a_text(self, build):
        with pytest.raises(Unfit, match="makes something else"):
            stamp_of(build)

    @pytest.mark.parametrize(
        "build",
        [
            lambda account: account.name[:3],
            lambda account: int(account.account_id) % 2,
            lambda account: float(account.account_id),
            lambda account: account.name.replace("prod", "X"),
            lambda account: len(account.name),
            lambda account: account.name.startswith("prod"),
            lambda account: "prod" in account.name,
            lambda account: {account.name: 1},
            lambda account: account.name in {"prod"},
            lambda account: sorted([account.name, account.session_name]),
            lambda account: account.name.upper(),
            lambda account: account.name.encode(),
            lambda account: f"{account.name:.3}",
            lambda account: account.roles[0].split(":"),
            lambda account: account.vars.get("a"),
            lambda account: 1 if account.vars else 2,
            lambda account: "tags" in account.written,
        ],
        ids=range(17),
    )
    def test_nothing_is_stamped_where_a_construct_looks_into_a_text(self, build):
        with pytest.raises(Unfit):
            stamp_of(build)

    def test_nothing_is_stamped_where_a_construct_makes_keys_of_texts_which_are_sorted(self):
        with pytest.raises(Unfit, match="a key"):
            stamp_of(lambda account: {f"to {account.name}": 1, "m": 2})

    def test_nothing_is_stamped_where_a_construct_compares_a_text_with_one_that_it_has_put_together(self):
        with pytest.raises(Unfit, match="compares"):
            stamp_of(lambda account: account.tags["env"] == f"account {account.account_id}")

    def test_an_account_that_gives_another_answer_to_a_comparison_is_built(self):
        def build(account):
            return "own" if account.account_id == ARCHIVE_ACCOUNT_ID else "other's"

        stamp = stamp_of(build)

        assert stamp.fits(Outline.of(an_account(OTHER_ACCOUNT_ID)))
        assert not stamp.fits(Outline.of(an_account(ARCHIVE_ACCOUNT_ID)))

    def test_a_tag_may_have_the_value_that_an_id_was_compared_with(self):
        stamp = stamp_of(lambda account: account.account_id != ARCHIVE_ACCOUNT_ID)

        assert stamp.fits(Outline.of(payments(tags={"env": ARCHIVE_ACCOUNT_ID})))

    def test_texts_of_one_account_may_be_compared_with_each_other(self):
        def build(account):
            return [role == account.roles[-1] for role in account.roles]

        chain = payments(roles=(ROLE, "other", ROLE))

        assert json.loads(stamp_of(build, chain).fill(Outline.of(chain))) == [True, False, True]


class TestStandIns:
    def test_stand_ins_occur_nowhere_in_the_settings(self):
        taken = StandIns("").probes(payments())
        known = repr([probe.stand_ins for probe in taken])
        others = StandIns(known).probes(payments())

        assert not any(stand_in in known for probe in others for stand_in in probe.stand_ins)

    def test_those_of_the_two_probes_have_nothing_in_common(self):
        short, long = StandIns("").probes(payments())

        assert not any(
            len(one) == len(other) for one, other in zip(short.stand_ins[1:], long.stand_ins[1:], strict=True)
        )
        assert not {*short.stand_ins} & {*long.stand_ins}

    def test_stand_ins_are_a_valid_id_and_valid_names(self):
        for probe in StandIns("").probes(payments()):
            assert len(probe.stand_ins[0]) == 12
            assert probe.stand_ins[0].isdigit()
            assert len(probe.stand_ins[1]) <= 63
