"""What a file without faults may not mean, as `check` tells it."""

import pytest

from orgtrail.settings import load, notices
from tests.builders import REPOSITORY, accounts_yaml


@pytest.fixture
def noticed(tmp_path):
    """The notices of a file of these keys, as `accounts_yaml` writes it."""

    def load_file(*archive: str, **parts: object) -> list[str]:
        path = tmp_path / "accounts.yaml"
        path.write_text(accounts_yaml(*archive, **parts))  # type: ignore[arg-type]
        return list(notices(load(path)))

    return load_file


@pytest.mark.parametrize(("included", "is_noticed"), [("false", True), ("true", False)])
def test_sources_of_read_only_calls_alone_are_noticed_unless_those_are_selected(noticed, included, is_noticed):
    events = f"{{sources: [aws.iam, aws.sts], include_read_only: {included}}}"
    told = noticed(accounts=[f"name: payments, regions: us-east-1, events: {events}"])
    assert any("aws.sts" in notice for notice in told) == is_noticed


@pytest.mark.silence("source-of-reads-alone", "check")
def test_what_a_source_of_reads_alone_lacks_is_told(noticed, caught):
    caught("\n".join(noticed(accounts=["name: payments, regions: us-east-1, events: {sources: [aws.iam, aws.sts]}"])))


@pytest.mark.silence("cold-storage", "check")
def test_that_athena_does_not_read_what_is_stored_cold_is_told(noticed, caught):
    transitions = "transitions: [{days: 90, storage_class: GLACIER_IR}, {days: 180, storage_class: GLACIER}]"

    caught("\n".join(noticed(transitions)))
    assert not any("Athena" in notice for notice in noticed(f"catalog: false, {transitions}"))


@pytest.mark.silence("same-credentials", "check")
def test_that_credentials_fit_one_account_is_told(noticed, caught):
    accounts = [f"name: {name}, regions: us-east-1, profile: a" for name in ("payments", "data")]
    caught("\n".join(noticed("role: ArchiveAdmin", accounts=accounts)))


@pytest.mark.parametrize(
    ("first", "second", "is_noticed"),
    [
        ("profile: a", "profile: b", False),
        ("profile: a", "profile: a", True),
        ("role: Deployer", "profile: a", False),
        ("role: Deployer", "role: Deployer", False),
        ("role: []", "email: a@example.com", True),
    ],
)
def test_two_accounts_that_are_reached_with_the_same_credentials_are_noticed(noticed, first, second, is_noticed):
    accounts = [f"name: {name}, regions: us-east-1, {keys}" for name, keys in (("payments", first), ("data", second))]
    told = noticed("role: ArchiveAdmin", accounts=accounts)
    assert [notice.partition(":")[0] for notice in told] == ["payments, data"] * is_noticed


def test_an_open_move_is_told_in_its_steps():
    told = [
        notice
        for notice in notices(load(REPOSITORY / "tests/accounts/good/moving-layout-and-key.yaml"))
        if "moving_from" in notice
    ]
    assert told == [
        "archive.moving_from, step 1 of 2: deploy all accounts. The archive comes first and admits the old way and the "
        "new one; each account then writes layout account={account_id}/region={region}/day={yyyy}-{MM}-{dd}/, and the "
        "bucket goes on encrypting with kms_key managed until step 2",
        "archive.moving_from, step 2 of 2: once all are deployed, take moving_from out, write layouts: "
        '["{account_id}/{region}/{yyyy}/{MM}/{dd}/", "iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/{HH}/"], kms_key: '
        "managed into archive.former, and deploy all accounts again. The old way is refused from then on",
    ]
