"""What holds for every key of accounts.yaml: derived from its JSON Schema, so that it holds for the next one, too."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest
import yaml

from orgtrail.settings import Diagnostic, InvalidSettings, json_schema, load, reference_markdown
from orgtrail.settings.accounts_file import AccountsFile
from orgtrail.settings.archive import ArchiveSection
from tests.builders import REPOSITORY, accounts_yaml

GOOD = REPOSITORY / "tests" / "accounts" / "good"
EVERYTHING = yaml.safe_load((GOOD / "everything-written.yaml").read_text())


class Mapping(NamedTuple):
    """A mapping that accounts.yaml can have: where (in the first entry of a list), and which keys it knows."""

    path: tuple[str | int, ...]
    keys: dict[str, Any]
    required: tuple[str, ...]

    @property
    def written(self) -> dict[str, Any]:
        """A file that has this mapping, and its like in `everything-written.yaml` where that has it."""
        document: Any = deepcopy(EVERYTHING)
        holder = document
        for part, after in pairwise((*self.path, "")):
            empty: Any = [{}] if after == 0 else {}
            if part != 0 and not isinstance(holder.get(part), type(empty)):
                holder[part] = empty
            holder = holder[part]
        if backend := self.keys.get("backend"):
            document["state"] = {"backend": backend["const"]}
        return document  # type: ignore[no-any-return]

    def inside(self, document: dict[str, Any]) -> dict[str, Any]:
        """The mapping itself in such a file."""
        inside: Any = document
        for part in self.path:
            inside = inside[part]
        return inside  # type: ignore[no-any-return]


def mappings(schema: dict[str, Any], path: tuple[str | int, ...] = ()) -> Iterator[Mapping]:
    yield Mapping(path, schema["properties"], tuple(schema.get("required", ())))
    for key, value in schema["properties"].items():
        for place, inner in definitions(value):
            yield from mappings(inner, (*path, key, *place))


def definitions(schema: Any) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """The mappings that a value may be, or that the items of a list may be."""
    if isinstance(schema, list):
        for one in schema:
            yield from definitions(one)
    elif isinstance(schema, dict):
        if "$ref" in schema:
            definition = json_schema()["$defs"][schema["$ref"].rpartition("/")[2]]
            yield from [((), definition)] if "properties" in definition else []
        for key, value in schema.items():
            yield from (((0, *place) if key == "items" else place, inner) for place, inner in definitions(value))


MAPPINGS = list(mappings(json_schema()))


def path_of(mapping: Mapping) -> str:
    """As the reference writes it: `accounts[].events`."""
    return ".".join(str(part) for part in mapping.path).replace(".0", "[]")


def name_of(mapping: Mapping) -> str:
    return path_of(mapping) + (f"-{mapping.keys['backend']['const']}" if "backend" in mapping.keys else "")


def diagnostics(path: Path, document: dict[str, Any]) -> tuple[Diagnostic, ...]:
    """What is wrong with a document; whatever else is raised fails the test."""
    path.write_text(json.dumps(document))
    try:
        load(path)
    except InvalidSettings as invalid:
        return invalid.diagnostics
    return ()


def test_the_walk_of_the_schema_finds_its_mappings():
    paths = {path_of(mapping) for mapping in MAPPINGS}
    assert {"", "organization", "archive.transitions[]", "accounts[].events", "rollout.waves[]"} <= paths
    assert [name_of(one) for one in MAPPINGS if one.path == ("state",)] == ["state-cloud", "state-local", "state-s3"]


@pytest.mark.parametrize("mapping", MAPPINGS, ids=name_of)
def test_a_typo_in_any_mapping_is_told_with_the_keys_that_it_knows(tmp_path, mapping):
    document = mapping.written
    mapping.inside(document)["tpyo"] = 1
    [told] = [one for one in diagnostics(tmp_path / "a.yaml", document) if one.key == (*mapping.path, "tpyo")]
    assert (told.problem, told.of_key) == ("is not a known key", True)
    assert set((told.allowed or "").split(", ")) & set(mapping.keys)


@pytest.mark.parametrize(
    ("mapping", "key"),
    [pytest.param(one, key, id=f"{name_of(one)}.{key}") for one in MAPPINGS for key in one.required],
)
def test_a_key_that_must_be_written_and_isnt_is_told_as_missing(tmp_path, mapping, key):
    document = mapping.written
    mapping.inside(document).pop(key, None)
    told = {one.key: one.problem for one in diagnostics(tmp_path / "a.yaml", document)}
    assert told[(*mapping.path, key)] == "is missing"


WRONG: tuple[Any, ...] = (None, "", "x y", 0, -1, 5, 10**30, 1.5, True, [], [None], ["x", 1], {}, {"x": 1}, [{}], [[]])


@pytest.mark.parametrize(
    ("mapping", "key"), [pytest.param(one, key, id=f"{name_of(one)}.{key}") for one in MAPPINGS for key in one.keys]
)
def test_whatever_a_key_is_set_to_is_taken_or_told(tmp_path, mapping, key):
    for wrong in WRONG:
        document = mapping.written
        mapping.inside(document)[key] = wrong
        for one in diagnostics(tmp_path / "a.yaml", document):
            assert one.problem


def test_the_schema_in_the_repository_is_in_step_with_the_model():
    written = json.loads((REPOSITORY / "accounts.schema.json").read_text())
    assert written == json_schema(), "run: python -m orgtrail schema > accounts.schema.json"


@pytest.mark.parametrize(
    "path", [REPOSITORY / "accounts.yaml", *sorted(GOOD.glob("*.yaml"))], ids=lambda path: path.stem
)
def test_an_editor_with_the_schema_finds_no_fault_in_a_good_file(path):
    jsonschema.validate(yaml.safe_load(path.read_text()), json_schema())


@pytest.mark.parametrize(
    ("written", "key", "message"),
    [
        ("defaults: {regions: [us-est-1]}", "$.defaults.regions[0]", "'us-est-1' is not one of ['all', 'af-south-1', "),
        ("defaults: {regions: us-est-1}", "$.defaults.regions", "'us-est-1' is not one of ['all', 'af-south-1', "),
        ("state: {backend: s3, bucket: acme, region: us-est-1}", "$.state.region", "'us-est-1' is not one of ['af-"),
        ("state: {backend: s3, bucket: acme}", "$.state", "'region' is a required property"),
        ("organization: {idd: x}", "$.organization", "Additional properties are not allowed ('idd' was unexpected)"),
        ("organization: acme", "$.organization", "'acme' is not of type 'object', 'null'"),
        ("defaults: {enabled: yes}", "$.defaults.enabled", "'yes' is not of type 'boolean'"),
        ("defaults: {events: idnetity}", "$.defaults.events", "'idnetity' is not one of ['identity', 'iam']"),
        ("rollout: {waves: [{name: a}]}", "$.rollout.waves[0]", "'accounts' is a required property"),
    ],
)
def test_an_editor_with_the_schema_says_first_what_is_wrong(tmp_path, written, key, message):
    path = tmp_path / "accounts.yaml"
    section, _colon, keys = written.partition(": ")
    path.write_text(accounts_yaml(state=keys.strip("{}")) if section == "state" else accounts_yaml(rest=written))
    document = yaml.load(path.read_text(), Loader=yaml.BaseLoader) | {"accounts": []}
    first = next(jsonschema.Draft202012Validator(json_schema()).iter_errors(document))
    assert (first.json_path, first.message[: len(message)]) == (key, message)
    with pytest.raises(InvalidSettings):
        load(path)


def test_an_editor_with_the_schema_takes_null_where_orgtrail_does():
    text = (GOOD / "smallest.yaml").read_text()
    document = yaml.safe_load(text)
    for shape, filled in ((AccountsFile, document), (ArchiveSection, document["archive"])):
        optional = [name for name, field in shape.model_fields.items() if field.default is None]
        assert optional
        filled.update(dict.fromkeys(optional))
    jsonschema.validate(document, json_schema())
    AccountsFile.model_validate(document)


def test_every_key_of_the_schema_has_a_description():
    schema = json_schema()
    shapes = [schema, *schema["$defs"].values()]
    undescribed = [
        key for one in shapes for key, value in one.get("properties", {}).items() if "description" not in value
    ]
    assert undescribed == []


def test_the_reference_has_every_mapping_of_the_schema_and_every_key():
    reference = reference_markdown()
    paths = {f"{path}.{key}" for path, keys in ((path_of(one), one.keys) for one in MAPPINGS) for key in keys if path}
    told = set(re.findall(r"^\| `(.+?)` \|", reference, re.MULTILINE))
    # What `defaults` and the archive share with accounts is told once.
    assert {path for path in paths - told if not path.startswith(("defaults.", "archive."))} == set()
    assert {path for path in paths - told if path.startswith("archive.")} == {
        f"archive.{key}" for key in ("role", "plan_role", "external_id", "session_name", "profile", "tags")
    }
