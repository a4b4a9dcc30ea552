"""Looks in AWS for the trail that Orgtrail makes, of an account or of the organization."""

from collections.abc import Mapping

from orgtrail.aws import AccountSession
from orgtrail.regions import partition_of
from orgtrail.rollout.lookup import Existing, Lookup, Planned, listed

TRAIL = "aws_cloudtrail"


def _trail(planned: Planned, session: AccountSession, region: str) -> Existing | None:
    # By its ARN: a member sees its organization's trail as well, which may have the same name.
    arn = f"arn:{partition_of(region)}:cloudtrail:{region}:{session.account_id}:trail/{planned['name']}"
    cloudtrail = session.client("cloudtrail", region)
    found = cloudtrail.describe_trails(trailNameList=[arn], includeShadowTrails=False)["trailList"]
    if arn not in [trail["TrailARN"] for trail in found]:
        return None
    tags = cloudtrail.list_tags(ResourceIdList=[arn])["ResourceTagList"]
    return Existing(arn, listed(tag for resource in tags for tag in resource["TagsList"]))


LOOKUPS: Mapping[str, Lookup] = {TRAIL: _trail}
