"""An AWS on this machine, and the way that every tool finds it and nothing else."""

import json
import os
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError
from moto.athena.responses import AthenaResponse
from moto.s3.models import FakeBucket

from orgtrail.policies import tls_only_bucket
from orgtrail.rehearsal.emulation.emulator import emulated_aws
from tests.waiting import until

# The environment and the emulator are the process's.
pytestmark = pytest.mark.xdist_group("emulator")

ACCOUNT_ID = "222222222222"


@pytest.fixture(scope="module")
def users_environment(tmp_path_factory):
    """The environment of somebody who works on the real AWS, from behind a proxy."""
    secrets = tmp_path_factory.mktemp("user") / "credentials"
    secrets.write_text("[default]\naws_access_key_id = AKIAREAL\naws_secret_access_key = real\n")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_") or name.lower() == "no_proxy"]:
            patch.delenv(name)
        patch.setenv("AWS_PROFILE", "production")
        patch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "real")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(secrets))
        patch.setenv("AWS_ROLE_ARN", "arn:aws:iam::999999999999:role/production")
        patch.setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.com")
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
            patch.setenv(name, "http://proxy.invalid:3128")
        yield environment()


def environment():
    """The environment, without what pytest notes in it."""
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


def client(service):
    """A client as a tool makes it that has just been started."""
    return boto3.Session().client(service)


@pytest.fixture(scope="module")
def emulate(tmp_path_factory):
    """Emulate AWS, with a profile `shared`."""
    workdir = tmp_path_factory.mktemp("work")

    def start(account_id=ACCOUNT_ID, region="eu-west-1"):
        return emulated_aws(account_id, region, ["shared"], workdir)

    return start


def listening_on(port):
    """The addresses on which this process takes connections to a port: another's may have got the same number."""
    return [
        connection.laddr.ip
        for connection in psutil.Process().net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    ]


class TestInside:
    @pytest.fixture(scope="class")
    @classmethod
    def url(cls, users_environment, emulate):
        with emulate() as url:
            yield url

    def test_every_tool_is_pointed_at_the_emulator(self, url):
        assert os.environ["AWS_ENDPOINT_URL"] == url
        assert client("events").meta.endpoint_url == url
        assert client("s3").meta.endpoint_url == url

    def test_the_caller_is_in_the_account_that_was_asked_for(self, url):
        assert client("sts").get_caller_identity()["Account"] == ACCOUNT_ID

    def test_a_profile_is_in_that_account_too(self, url):
        assert boto3.Session(profile_name="shared").client("sts").get_caller_identity()["Account"] == ACCOUNT_ID

    def test_the_region_is_the_one_that_was_asked_for(self, url):
        assert client("events").meta.region_name == "eu-west-1"

    def test_nothing_of_the_users_own_aws_is_left(self, url, users_environment):
        users = {name: value for name, value in users_environment.items() if name.startswith("AWS_")}

        assert not [name for name, value in users.items() if os.environ.get(name) == value]
        assert "AWS_PROFILE" not in os.environ
        assert "AKIAREAL" not in " ".join(os.environ.values())

    def test_no_credentials_are_looked_for_elsewhere(self, url):
        assert os.environ["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
        assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"

    def test_no_proxy_stands_between(self, url):
        assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "127.0.0.1"

    def test_inside_listens_on_this_machine_alone(self, url):
        port = urlsplit(url).port

        assert listening_on(port) == ["127.0.0.1"]

    def test_a_bucket_that_demands_tls_is_usable_all_the_same(self, url):
        s3 = client("s3")
        s3.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_bucket_policy(Bucket="states", Policy=json.dumps(tls_only_bucket("aws", "states")))
        s3.put_object(Bucket="states", Key="key", Body=b"state")

        assert s3.get_object(Bucket="states", Key="key")["Body"].read() == b"state"

    def test_a_workgroup_and_a_query_of_athena_can_be_changed(self, url):
        athena = client("athena")
        encrypted, plain = (
            {"OutputLocation": "s3://results/", "EncryptionConfiguration": {"EncryptionOption": option}}
            for option in ("SSE_KMS", "SSE_S3")
        )
        athena.create_work_group(Name="orgtrail", Configuration={"ResultConfiguration": encrypted})
        athena.update_work_group(
            WorkGroup="orgtrail",
            ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000, "ResultConfigurationUpdates": plain},
        )
        query = athena.create_named_query(Name="q", Database="d", QueryString="SELECT 1", WorkGroup="orgtrail")
        athena.delete_named_query(NamedQueryId=query["NamedQueryId"])

        configuration = athena.get_work_group(WorkGroup="orgtrail")["WorkGroup"]["Configuration"]
        assert (configuration["ResultConfiguration"], configuration["BytesScannedCutoffPerQuery"]) == (
            plain,
            10_000_000,
        )
        assert athena.list_named_queries(WorkGroup="orgtrail")["NamedQueryIds"] == []


class TestAfterwards:
    def test_the_environment_is_as_before(self, users_environment, emulate):
        with emulate():
            pass

        assert environment() == users_environment

    def test_the_environment_is_as_before_when_something_went_wrong(self, users_environment, emulate):
        def interrupted():
            with emulate():
                os.environ["AWS_PROFILE"] = "changed"
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()

        assert environment() == users_environment

    def test_nothing_listens_any_more(self, users_environment, emulate):
        with emulate() as url:
            port = urlsplit(url).port

        assert listening_on(port) == []

    def test_moto_is_as_before(self, users_environment, emulate):
        """What it lacks is mended for the emulation alone: it judges bucket policies again in other tests."""
        before = dict(vars(FakeBucket)), dict(vars(AthenaResponse))
        with emulate():
            pass

        assert (dict(vars(FakeBucket)), dict(vars(AthenaResponse))) == before

    def test_the_next_emulation_starts_empty(self, users_environment, emulate):
        with emulate(region="us-east-1"):
            client("s3").create_bucket(Bucket="left-over")

        with emulate(region="us-east-1"):
            assert client("s3").list_buckets()["Buckets"] == []
            with pytest.raises(ClientError):
                client("s3").head_bucket(Bucket="left-over")


@pytest.mark.parametrize("broken", ["DomainDispatcherApplication.__call__", "MotoRequestHandler.handle"])
def test_what_goes_wrong_in_the_emulator_itself_is_in_its_log_and_not_on_the_terminal(
    broken, tmp_path, monkeypatch, capfd
):
    def fails(*_arguments):
        raise RuntimeError("broken")

    log = tmp_path / "emulator.log"

    with emulated_aws(ACCOUNT_ID, "us-east-1", [], tmp_path) as url:
        monkeypatch.setattr(f"moto.moto_server.werkzeug_app.{broken}", fails)
        with pytest.raises((HTTPError, ConnectionError)), urlopen(url):
            pass
        # The answer comes before the line in the log.
        until(lambda: log.exists() and "RuntimeError: broken" in log.read_text())

    assert capfd.readouterr().err == ""
