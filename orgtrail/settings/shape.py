"""What all mappings of the file have in common."""

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """Nothing unknown, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
