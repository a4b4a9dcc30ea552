"""Which stacks have a state in a bucket."""

import boto3
import pytest

from orgtrail.state.existing import existing_states
from orgtrail.state.orphans import StatesUnreadable
from tests.builders import an_s3_state

pytestmark = pytest.mark.usefixtures("empty_aws")

STATE = an_s3_state(account_id="123456789012")


def test_a_state_exists_under_its_own_key_alone():
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket=STATE.bucket)
    for key in ("orgtrail/333333333333/terraform.tfstate", "orgtrail/444444444444/terraform.tfstate.tflock"):
        s3.put_object(Bucket=STATE.bucket, Key=key, Body=b"{}")
    keys = [f"orgtrail/{account}/terraform.tfstate" for account in ("333333333333", "444444444444", "555555555555")]

    assert existing_states(STATE, keys) == {keys[0]}


def test_a_bucket_that_cant_be_listed_is_told():
    with pytest.raises(StatesUnreadable, match="NoSuchBucket"):
        existing_states(STATE, ["orgtrail/333333333333/terraform.tfstate"])
