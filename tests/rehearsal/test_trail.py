"""The organization's trail, deployed: the real Terraform, on an emulated AWS."""

import json
import os
from dataclasses import replace

import boto3
import pytest

from orgtrail import policies
from orgtrail.rehearsal.emulation.emulator import emulated_aws
from orgtrail.rollout.adoption import add_imports
from orgtrail.settings import LocalState
from orgtrail.terraform.cli import Terraform
from orgtrail.terraform.environment import terraform_environment
from orgtrail.terraform.failure import TerraformFailed
from orgtrail.terraform.processes import Processes
from orgtrail.terraform.provider import provider_in_use
from tests.builders import ARCHIVE_ACCOUNT_ID, ORGANIZATION_ID, a_trail, an_account, settings, trail_stack

pytestmark = [pytest.mark.xdist_group("archive changes"), pytest.mark.timeout(300)]

MANAGEMENT = "111111111111"
ROLE = f"arn:aws:iam::{MANAGEMENT}:role/OrganizationAdmin"


def test_a_trail_is_made_in_the_management_account_logs_and_can_not_be_made_to_lose_its_files(tmp_path):
    plain = a_trail()
    assert plain.management
    trail = replace(plain, management=replace(plain.management, roles=(ROLE,)))

    def write(**changed):
        organization = settings(
            an_account(), trail=replace(trail, **changed), state=LocalState(path=str(tmp_path / "{name}.json"))
        )
        (tmp_path / "cdk.tf.json").write_text(json.dumps(trail_stack(organization, provider_in_use())))

    with emulated_aws(ARCHIVE_ACCOUNT_ID, "us-east-1", [], tmp_path):
        environment = {**os.environ, **terraform_environment(provider_in_use())}
        log = tmp_path / "terraform.log"
        terraform = Terraform(tmp_path, log, environment=environment, processes=Processes(), time_limit=200)
        write()
        terraform.init()
        terraform.plan(tmp_path / "plan")
        terraform.apply(tmp_path / "plan")

        management = boto3.client("sts").assume_role(RoleArn=ROLE, RoleSessionName="test")["Credentials"]
        cloudtrail = boto3.client(
            "cloudtrail",
            aws_access_key_id=management["AccessKeyId"],
            aws_secret_access_key=management["SecretAccessKey"],
            aws_session_token=management["SessionToken"],
        )
        (found,) = cloudtrail.describe_trails()["trailList"]
        wanted = {
            "TrailARN": f"arn:aws:cloudtrail:us-east-1:{MANAGEMENT}:trail/orgtrail",
            "S3BucketName": "acme-cloudtrail",
            "IsOrganizationTrail": True,
            "IsMultiRegionTrail": True,
            "LogFileValidationEnabled": True,
        }
        assert {name: found[name] for name in wanted} == wanted
        assert cloudtrail.get_trail_status(Name=found["TrailARN"])["IsLogging"] is True
        (selector,) = cloudtrail.get_event_selectors(TrailName="orgtrail")["EventSelectors"]
        assert (selector["ReadWriteType"], selector["IncludeManagementEvents"]) == ("WriteOnly", True)
        attached = boto3.client("s3").get_bucket_policy(Bucket="acme-cloudtrail")["Policy"]
        assert json.loads(attached) == policies.organization_trail_bucket(
            "aws", bucket="acme-cloudtrail", management_account_id=MANAGEMENT, organization_id=ORGANIZATION_ID
        )
        assert terraform.plan(tmp_path / "plan") == ()

        (tmp_path / "trail.json").unlink()
        # The parts of the bucket are found once the bucket is taken in.
        while terraform.plan(tmp_path / "plan") and add_imports(
            "aws", trail, terraform.show(tmp_path / "plan"), tmp_path
        ):
            pass
        terraform.apply(tmp_path / "plan")
        assert terraform.plan(tmp_path / "plan") == ()
        assert cloudtrail.describe_trails()["trailList"] == [found]

        write(bucket="acme-other")
        with pytest.raises(TerraformFailed, match="Instance cannot be destroyed"):
            terraform.plan(tmp_path / "plan")
        write(management=None)
        with pytest.raises(TerraformFailed, match="Provider configuration not present"):
            terraform.plan(tmp_path / "plan")
