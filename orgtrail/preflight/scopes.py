"""What checks look at: an account, a pipeline, or what all accounts share."""

from dataclasses import dataclass, field
from typing import Any

from orgtrail.aws import AWS_ERRORS, AccountSession, ManyAccounts
from orgtrail.preflight.denial import reason
from orgtrail.preflight.topics import Topics
from orgtrail.preflight.trail_owners import TrailOwners
from orgtrail.preflight.trails import Trail
from orgtrail.regions import iam_region
from orgtrail.settings import Account, Settings


@dataclass(frozen=True)
class SharedScope:
    """The archive and the states."""

    settings: Settings
    many: ManyAccounts


@dataclass
class AccountScope:
    """An account; what several checks ask is asked once. `topics` are those of all accounts."""

    settings: Settings
    account: Account
    many: ManyAccounts
    owners: TrailOwners
    topics: Topics
    session: AccountSession = field(init=False)
    _trails: dict[str, list[Trail]] = field(default_factory=dict)
    _read: dict[str, Trail] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session = self.many.session(self.account, self.home)

    @property
    def home(self) -> str:
        """The partition's IAM region."""
        return iam_region(self.settings.partition)

    @property
    def pipelines(self) -> list["PipelineScope"]:
        """One for each of its regions."""
        return [PipelineScope(self, region) for region in self.account.regions]

    def trails(self, region: str) -> list[Trail]:
        """Every trail that is seen in a region, shadow trails and the organization's too. Raises `AWS_ERRORS`."""
        if region not in self._trails:
            found = self.session.client("cloudtrail", region).describe_trails(includeShadowTrails=True)["trailList"]
            self._trails[region] = [self._trail(one) for one in found]
        return self._trails[region]

    def _trail(self, description: dict[str, Any]) -> Trail:
        """A trail with its status and selectors, read in its home region by its full ARN."""
        trail = Trail(description, "", "")
        if trail.arn not in self._read:
            status = self._ask(trail, "get_trail_status", "Name")
            self._read[trail.arn] = trail._replace(
                status=status, selectors=self._ask(trail, "get_event_selectors", "TrailName")
            )
        return self._read[trail.arn]

    def _ask(self, trail: Trail, call: str, argument: str) -> Any:
        """The answer, or why there is none. Where the account may not ask, the account that owns the trail may."""
        try:
            return getattr(self.session.client("cloudtrail", trail.region), call)(**{argument: trail.arn})
        except AWS_ERRORS as error:
            told = None if trail.owner == self.account.account_id else self.owners.ask(trail, call, argument)
            return reason(error) if told is None or isinstance(told, str) else told


@dataclass(frozen=True)
class PipelineScope:
    """A pipeline: an account in a region."""

    of: AccountScope
    region: str
