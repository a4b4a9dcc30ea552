"""AWS provider 6.25.0's own schema, as the bindings have it: they were generated from it.

Each of their JavaScript modules carries its TypeScript as a source map, and that says of each argument whether it is
required, optional or computed, of which type, and whether it is a block. This makes a JSON Schema of each resource
type, for configuration in Terraform's JSON syntax.
"""

import base64
import json
import re
import tarfile
from collections.abc import Collection
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

Schema = dict[str, Any]

# What any resource takes: https://developer.hashicorp.com/terraform/language/meta-arguments
_META = ("//", "depends_on", "lifecycle", "provider")
_EXPRESSION: Schema = {"type": "string", "pattern": r"\$\{.+\}"}
_SIMPLE: dict[str, Schema] = {
    "string": {"type": "string"},
    "number": {"anyOf": [{"type": "number"}, _EXPRESSION]},
    "boolean": {"anyOf": [{"type": "boolean"}, _EXPRESSION]},
    "any": {},
}

_CLASS = re.compile(r"^export class (\w+) extends cdktf\.(\w+)", re.MULTILINE)
_INTERFACE = re.compile(r"^export interface (\w+)[^{]*\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  readonly (\w+)(\??):", re.MULTILINE)
_CONFIGURABILITY = re.compile(r"// (\w+) - computed: (\w+), optional: (\w+), required: (\w+)")
_TO_HCL = re.compile(r"^export function (\w+)ToHclTerraform\(.*?^\}", re.MULTILINE | re.DOTALL)
_ATTRIBUTE = re.compile(
    r"^ +(\w+): \{\n +value: (.*?(?:struct!\.|this\._)(\w+).*),\n +isBlock: (\w+),\n"
    r' +type: "(\w+)",\n +storageClassType: "(\w+)",',
    re.MULTILINE,
)


class Attribute(NamedTuple):
    """An argument of a resource or block; `of` is a simple type or the name of a structure."""

    required: bool
    is_block: bool
    kind: str
    of: str
    many: bool


class ResourceType(NamedTuple):
    """A resource type, or the provider's own configuration."""

    name: str
    root: str
    structures: dict[str, dict[str, Attribute]]
    computed_only: frozenset[str]

    @property
    def attributes(self) -> frozenset[str]:
        """Whatever an expression may read from a resource of the type."""
        return self.computed_only | self.structures[self.root].keys()

    def schema(self) -> Schema:
        """Its configuration as JSON Schema."""
        schema = self._structure(self.root)
        schema["properties"] |= {key: {} for key in (*_META, "alias")}
        return schema

    def _structure(self, name: str) -> Schema:
        attributes = self.structures[name]
        return {
            "type": "object",
            "properties": {key: self._value(attribute) for key, attribute in attributes.items()},
            "required": [key for key, attribute in attributes.items() if attribute.required],
            "additionalProperties": False,
        }

    def _value(self, attribute: Attribute) -> Schema:
        if attribute.of in _SIMPLE:
            return _SIMPLE[attribute.of]
        if attribute.of.endswith("Map") and attribute.of not in self.structures:
            return {"anyOf": [{"type": "object", "additionalProperties": {"type": "string"}}, _EXPRESSION]}
        name = attribute.of.removesuffix("List")
        if name in ("string", "number"):
            return {"anyOf": [{"type": "array", "items": _SIMPLE[name]}, _EXPRESSION]}
        one = self._structure(attribute.of if attribute.of in self.structures else name)
        several = {"type": "array", "items": one, **({} if attribute.many else {"maxItems": 1})}
        return {"if": {"type": "array"}, "then": several, "else": one}


@cache
def resource_types(names: frozenset[str]) -> dict[str, ResourceType]:
    """These resource types (`aws_sqs_queue`; `aws` is the provider), in one pass over the bindings' package."""
    # Importing it would load its 2,137 modules.
    spec = find_spec("cdktf_cdktf_provider_aws")
    assert spec is not None
    assert spec.origin is not None
    package = next(Path(spec.origin).parent.glob("_jsii/*.tgz"))
    wanted = {f"package/lib/{_module(name)}/index.js" for name in names}
    found = {}
    with tarfile.open(package) as archive:
        for member in archive:
            if member.name in wanted:
                file = archive.extractfile(member)
                assert file is not None
                found_type = _parsed(_typescript(file.read().decode()))
                found[found_type.name] = found_type
    assert found.keys() == names, f"no bindings of {sorted(names - found.keys())}"
    return found


def _module(name: str) -> str:
    return name.removeprefix("aws_").replace("_", "-") if name != "aws" else "provider"


def _typescript(javascript: str) -> str:
    source_map = json.loads(base64.b64decode(javascript.rpartition("base64,")[2]))
    return "\n".join(source_map["sourcesContent"])


def _parsed(text: str) -> ResourceType:
    root = next(name for name, base in _CLASS.findall(text) if base in ("TerraformResource", "TerraformProvider"))
    config = next(name for name, _ in _INTERFACE.findall(text) if name.removesuffix("Config") in (root, root[:-1]))
    required = {
        name: {field for field, optional in _FIELD.findall(body) if not optional}
        for name, body in _INTERFACE.findall(text)
    }
    structures = {}
    for found in _TO_HCL.finditer(text):
        name = found[1][0].upper() + found[1][1:]
        structures[name] = _attributes(found[0], required[name])
    body = text[text.index(f"export class {root} ") :]
    structures[root] = _attributes(body[body.index("synthesizeHclAttributes") :], required[config])
    computed = {name for name, *flags in _CONFIGURABILITY.findall(body) if flags == ["true", "false", "false"]}
    resource_type = re.search(r'tfResourceType = "(\w+)"', text)
    assert resource_type is not None
    return ResourceType(resource_type[1], root, structures, frozenset(computed))


def _attributes(text: str, required: Collection[str]) -> dict[str, Attribute]:
    return {
        name: Attribute(field in required, is_block == "true", kind, of, "listMapper" in value)
        for name, value, field, is_block, kind, of in _ATTRIBUTE.findall(text)
    }
