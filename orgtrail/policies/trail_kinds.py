"""What Terraform asks of AWS for a trail."""

from orgtrail import names
from orgtrail.policies.resource_kinds import Kind, Place

_CLOUDTRAIL = "cloudtrail.amazonaws.com"


def trail_kinds(place: Place, *, of_organization: bool) -> list[Kind]:
    """A trail. It can't be stopped but by being deleted: no stack ever switches it off."""
    kinds = [
        Kind(
            "TheTrail",
            (place.arn("cloudtrail", f"trail/{names.TRAIL}"),),
            ("cloudtrail:GetEventSelectors", "cloudtrail:GetTrailStatus", "cloudtrail:ListTags"),
            (
                "cloudtrail:AddTags",
                "cloudtrail:CreateTrail",
                "cloudtrail:DeleteTrail",
                "cloudtrail:PutEventSelectors",
                "cloudtrail:RemoveTags",
                "cloudtrail:StartLogging",
                "cloudtrail:UpdateTrail",
            ),
        ),
        Kind("FindTheTrail", ("*",), ("cloudtrail:DescribeTrails",)),
    ]
    if not of_organization:
        return kinds
    # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/creating-an-organizational-trail-prepare.html
    asked = ("organizations:DescribeOrganization", "organizations:ListAWSServiceAccessForOrganization")
    own_role = place.iam(f"role/aws-service-role/{_CLOUDTRAIL}/AWSServiceRoleForCloudTrail")
    return [
        *kinds,
        Kind("SeeThatCloudTrailIsTrusted", ("*",), writes=asked),
        Kind(
            "MakeCloudTrailsOwnRole",
            (own_role,),
            writes=("iam:CreateServiceLinkedRole",),
            condition={"StringEquals": {"iam:AWSServiceName": _CLOUDTRAIL}},
        ),
    ]
