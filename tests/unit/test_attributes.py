"""Which attributes a planned change alters, and how their values are shown."""

import json

import pytest

from orgtrail.rollout.attributes import attributes
from tests.builders import ACCOUNT_ID, REPOSITORY


def changed(before, after, *, actions=("update",), **masks):
    resource = {"change": {"actions": list(actions), "before": before, "after": after, **masks}}
    return [tuple(one) for one in attributes(resource, ACCOUNT_ID)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 3, "b": 2}, [("a", "1", "3")]),
        ({"a": None}, {"a": False}, [("a", "none", "false")]),
        ({"a": ""}, {"a": None}, []),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 2}}}, [("a.b.c", "1", "2")]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, [("a.b", "1", "2")]),
        ({"a": [{"b": 1}]}, {"a": []}, [("a.b", "1", "none")]),
        ({"a": [{"b": 1}, {"b": 2}]}, {"a": [{"b": 1}, {"b": 3}]}, [("a[1].b", "2", "3")]),
        ({"a": ["x", "y"]}, {"a": ["y", "z"]}, [("a", "x", "z")]),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, []),
        ({"a": '{"source": ["x", "y"]}'}, {"a": '{"source": ["x"]}'}, [("a.source", "y", "none")]),
        ({"a": '{"x": 1, "y": 2}'}, {"a": '{"y": 2, "x": 1}'}, []),
        (
            {"tags": {"env": "a"}, "tags_all": {"env": "a", "team": "t"}},
            {"tags": {}, "tags_all": {"env": "b", "team": "t"}},
            [("tags.env", "a", "b")],
        ),
        (
            {"arn": f"arn:{ACCOUNT_ID}:a"},
            {"arn": f"arn:{ACCOUNT_ID}:b"},
            [("arn", "arn:{account_id}:a", "arn:{account_id}:b")],
        ),
    ],
)
def test_only_what_differs_is_told_by_its_path(before, after, expected):
    assert changed(before, after) == expected


@pytest.mark.parametrize(
    ("before", "after", "masks"),
    [
        ({"key": "old"}, {"key": "new"}, {"before_sensitive": {"key": True}}),
        ({"key": "old"}, {"key": "new"}, {"after_sensitive": {"key": True}}),
        ({"key": {"a": "old"}}, {"key": {"a": "new"}}, {"before_sensitive": {"key": True}}),
        ({"key": [{"a": "old"}]}, {"key": [{"a": "new"}]}, {"after_sensitive": {"key": [{"a": True}]}}),
        ({"key": '{"a": "old"}'}, {"key": '{"a": "new"}'}, {"before_sensitive": {"key": True}}),
        ({"key": "old"}, {"key": "new"}, {"before_sensitive": True}),
        ({"tags": {"a": "old"}, "tags_all": {"a": "old"}}, {"tags": {"a": "new"}, "tags_all": {"a": "new"}},
         {"before_sensitive": {"tags": {"a": True}, "tags_all": {"a": True}}}),
        ({"tags": {}, "tags_all": {"a": "old"}}, {"tags": {}, "tags_all": {"a": "new"}},
         {"before_sensitive": {"tags": {}, "tags_all": {"a": True}}}),
        ({"key": "old"}, {"key": "new"}, {"before_sensitive": {"key": True}, "actions": ["delete", "create"]}),
    ],
)  # fmt: skip
def test_a_secret_is_never_shown(before, after, masks):
    [(_name, *shown)] = changed(before, after, **masks)

    assert shown == ["(sensitive)", "(sensitive)"]


def test_what_only_the_apply_makes_known_is_said_to_be_so():
    assert changed({"a": "x"}, {}, after_unknown={"a": True}) == [("a", "x", "(known after the apply)")]


def test_of_what_is_made_anew_what_stays_as_it_is_is_not_told():
    before, after = {"arn": "x", "name": "a"}, {"name": "b"}

    assert changed(before, after, actions=["delete", "create"], after_unknown={"arn": True}) == [("name", "a", "b")]


def test_of_long_values_the_part_is_shown_where_they_differ():
    [(_name, before, after)] = changed({"a": "x" * 500 + "1" + "y" * 500}, {"a": "x" * 500 + "2" + "y" * 500})

    assert before.startswith("…" + "x" * 20 + "1y")
    assert after.startswith("…" + "x" * 20 + "2y")
    assert max(len(before), len(after)) < 250


def test_a_policy_is_told_by_its_statements():
    def policy(*actions):
        return json.dumps({"Statement": [{"Sid": "S", "Effect": "Allow", "Action": list(actions), "Resource": "*"}]})

    assert changed({"policy": policy("a:B", "a:C")}, {"policy": policy("a:C", "a:D")}) == [
        ("policy, statement S", "Action a:b", "Action a:d")
    ]


@pytest.mark.parametrize("actions", [["create"], ["delete"], ["forget"]])
def test_what_is_only_created_or_gone_is_told_by_its_name_alone(actions):
    before, after = (None, {"a": 1}) if actions == ["create"] else ({"a": 1}, None)
    assert changed(before, after, actions=actions) == []


def test_those_of_a_real_plan_are_few_and_readable():
    plan = json.loads((REPOSITORY / "tests/plans/account-weaker.json").read_text(encoding="utf-8"))
    rule = next(one for one in plan["resource_changes"] if "us-east-1_rule" in one["address"])

    assert [tuple(one) for one in attributes(rule, "111111111111")] == [
        ("event_pattern.source", "aws.sso", "none"),
        ("state", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "ENABLED"),
        ("tags.env", "test", "prod"),
    ]
