"""What all documents have in common."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """An object in a document. Unknown fields are let through where one is read: a later version may have them."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True, json_schema_serialization_defaults_required=True)


class Document(Part):
    """A whole document, with the version of its shape."""

    version: Literal[1] = Field(default=1, description="Of this shape: within a version, fields are only added.")

    def text(self, indent: int | None = 2) -> str:
        """The document to print, in ASCII: nothing in it can steer a terminal. `indent` None: on one line."""
        separators = (",", ":") if indent is None else None
        return json.dumps(_encodable(self.model_dump(mode="json")), indent=indent, separators=separators)

    @classmethod
    def schema_of_output(cls) -> dict[str, Any]:
        """The JSON Schema of what is printed, which has every field."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **cls.model_json_schema(mode="serialization"),
        }


def _encodable(value: Any) -> Any:
    """The value with the escapes of halves of surrogate pairs in their place: most readers of JSON refuse those.

    They come from events with such an escape, and from file names that aren't UTF-8.
    """
    if isinstance(value, dict):
        return {_encodable(key): _encodable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_encodable(one) for one in value]
    return value.encode("utf-8", "backslashreplace").decode("utf-8") if isinstance(value, str) else value
