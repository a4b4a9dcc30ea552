"""The shape of `rollout`: how many accounts at once, in which order, and when to stop."""

from typing import Annotated

from pydantic import Field

from orgtrail.settings import fields
from orgtrail.settings.shape import Shape


class Wave(Shape):
    """Accounts that are rolled out together."""

    name: fields.WaveName = Field(description="Name of the wave")
    accounts: Annotated[list[fields.Text], Field(min_length=1)] = Field(
        description="Which accounts: selectors, as on the command line"
    )
    max_failures: fields.MaxFailures | None = Field(
        default=None,
        description="Accounts of this wave that may fail before the rollout stops, as in `rollout.max_failures`, which "
        "holds too; not written: 0 for the first wave, for the others no limit of their own",
    )


class Rollout(Shape):
    """How the accounts are rolled out."""

    parallelism: int | None = Field(
        default=None, ge=1, description="Accounts at once; not written: as many as the machine carries"
    )
    max_failures: fields.MaxFailures = Field(
        default=0,
        description="Accounts that may fail before the rollout stops: how many, or a share of them such as `5%`",
    )
    time_limit_minutes: int = Field(
        default=30, ge=1, description="Minutes that each Terraform command of an account may take"
    )
    bake_minutes: int = Field(default=0, ge=0, description="Minutes to wait after each wave but the last")
    check: fields.Text | None = Field(
        default=None, description="Command that must succeed after each wave but the last, when it has baked"
    )
    waves: Annotated[list[Wave], Field(min_length=1)] | None = Field(
        default=None, description="The waves, in their order; not written: one of all accounts"
    )
