"""What accounts.yaml can say of the archive: its encryption, its lock, how long it keeps what, and its catalog."""

from pathlib import Path

import pytest

from orgtrail import policies
from orgtrail.layout import Layout
from orgtrail.settings import (
    AccessLogs,
    Archive,
    Catalog,
    Diagnostic,
    InvalidSettings,
    ObjectLock,
    Transition,
    load,
)
from tests.builders import accounts_yaml

GOOD = Path(__file__).parents[1] / "accounts" / "good"


@pytest.fixture
def archive_of(tmp_path):
    """Load an archive's keys, in flow style."""

    def load_archive(keys: str = "", rest: str = "accounts: []") -> Archive:
        path = tmp_path / "accounts.yaml"
        path.write_text(accounts_yaml(keys, rest=rest))
        return load(path).archive

    return load_archive


@pytest.fixture
def faults_of(archive_of):
    """The faults of an archive's keys."""

    def load_archive(keys: str, rest: str = "accounts: []") -> tuple[Diagnostic, ...]:
        with pytest.raises(InvalidSettings) as caught:
            archive_of(keys, rest)
        return caught.value.diagnostics

    return load_archive


@pytest.fixture(scope="module")
def evidence() -> Archive:
    return load(GOOD / "archive-as-evidence.yaml").archive


@pytest.fixture(scope="module")
def everything() -> Archive:
    return load(GOOD / "everything-written.yaml").archive


def test_an_archive_that_asks_for_nothing_gets_no_lock_no_key_and_no_moves(archive_of):
    archive = archive_of()
    assert (archive.kms_key, archive.object_lock, archive.break_glass_role) == (None, None, None)
    assert (archive.transitions, archive.access_logs) == ((), None)


def test_a_managed_key_has_no_arn_yet(evidence):
    assert evidence.manages_key


def test_a_key_of_ones_own_is_not_managed(everything):
    assert not everything.manages_key
    assert everything.kms_key == "arn:aws:kms:eu-west-1:222222222222:key/mrk-0123456789abcdef0123456789abcdef"


def test_a_lock_has_a_mode_and_days(evidence):
    assert evidence.object_lock == ObjectLock(mode="compliance", days=365)


def test_a_break_glass_role_by_name_is_in_the_archives_account(evidence):
    assert evidence.break_glass_role == "arn:aws:iam::222222222222:role/BreakGlass"


@pytest.fixture(scope="module")
def moving() -> Archive:
    return load(GOOD / "moving-layout-and-key.yaml").archive


def test_while_it_moves_deliveries_may_use_both_layouts_and_both_keys(moving):
    assert moving.delivery_layouts == (moving.layout, Layout("{account_id}/{region}/{yyyy}/{MM}/{dd}/"))
    assert moving.delivery_keys == (moving.kms_key, "managed")


def test_while_it_moves_the_bucket_encrypts_with_the_key_it_had(moving):
    assert moving.default_key == "managed"


def test_the_move_from_no_key_is_a_move_from_s3s_own(archive_of):
    archive = archive_of("kms_key: managed, moving_from: {kms_key: none}")
    assert (archive.delivery_keys, archive.default_key) == (("managed", None), None)


def test_the_layouts_in_which_events_lie_besides_are_each_listed_once(archive_of):
    old, older = "{account_id}/{region}/{yyyy}/{MM}/{dd}/", "iam/{account_id}/{region}/{yyyy}/{MM}/{dd}/"
    new = "by-hour/{account_id}/{region}/{yyyy}/{MM}/{dd}/{HH}/"
    archive = archive_of(
        f'layout: "{new}", moving_from: {{layout: "{old}"}}, former: {{layouts: ["{older}", "{old}", "{new}"]}}'
    )
    assert archive.former_layouts == (Layout(old), Layout(older))


@pytest.mark.parametrize(
    "keys",
    [
        "kms_key: managed",
        "kms_key: managed, moving_from: {kms_key: none}",
        "moving_from: {kms_key: managed}",
        "former: {kms_key: managed}",
    ],
)
def test_a_managed_key_is_kept_before_while_and_after_it_is_in_use(archive_of, keys):
    assert archive_of(keys).has_managed_key


def test_what_was_archived_before_is_listed_with_what_is_now():
    settings = load(GOOD / "moving-layout-and-key.yaml")
    assert settings.archived_accounts == ("333333333333", "777777777777")
    assert settings.archived_regions == ("eu-west-1", "us-east-1")


def test_placeholders_of_the_break_glass_role_are_filled_in(everything):
    assert everything.break_glass_role == "arn:aws:iam::222222222222:role/security/BreakGlass"


def test_transitions_keep_their_order(evidence):
    assert evidence.transitions == (
        Transition(days=30, storage_class="STANDARD_IA"),
        Transition(days=60, storage_class="GLACIER_IR"),
    )


def test_access_logs_have_a_folder_of_their_own_unless_told_otherwise(evidence, everything):
    assert evidence.access_logs == AccessLogs(bucket="acme-access-logs", prefix="access-logs/")
    assert everything.access_logs == AccessLogs(bucket="acme-access-logs", prefix="")


@pytest.mark.parametrize(
    ("keys", "catalog"),
    [
        ("", Catalog(database="orgtrail", scan_limit_gib=100, results_expire_days=30)),
        ("catalog: true", Catalog()),
        ("catalog: {}", Catalog()),
        ("catalog: {scan_limit_gib: 1}", Catalog(scan_limit_gib=1)),
        ("catalog: false", None),
        ("catalog: null", Catalog()),
        ("existing: true", None),
        ("existing: true, catalog: true", Catalog()),
    ],
)
def test_there_is_a_catalog_unless_the_bucket_was_there_before(archive_of, keys, catalog):
    assert archive_of(keys).catalog == catalog


def test_old_versions_are_kept_as_long_as_they_are_locked(evidence):
    assert evidence.noncurrent_days == 365


def test_a_short_lock_shortens_nothing(archive_of):
    assert archive_of("object_lock: {mode: governance, days: 7}").noncurrent_days == 30


@pytest.mark.parametrize("days", [365, 366])
def test_what_is_kept_may_be_kept_longer_than_it_is_locked(archive_of, days):
    lock = "object_lock: {mode: governance, days: 365}"
    assert archive_of(f"{lock}, expire_days: {days}, noncurrent_days: {days}").noncurrent_days == days


@pytest.mark.parametrize(
    "transitions",
    [
        "{days: 30, storage_class: STANDARD_IA}, {days: 31, storage_class: INTELLIGENT_TIERING}",
        "{days: 30, storage_class: STANDARD_IA}, {days: 60, storage_class: ONEZONE_IA}",
        "{days: 30, storage_class: ONEZONE_IA}, {days: 60, storage_class: DEEP_ARCHIVE}",
        "{days: 0, storage_class: GLACIER_IR}, {days: 1, storage_class: GLACIER}, "
        "{days: 2, storage_class: DEEP_ARCHIVE}",
    ],
)
def test_what_s3_takes_is_no_fault(archive_of, transitions):
    assert archive_of(f"transitions: [{transitions}]").transitions


def test_a_fault_in_a_transition_hides_no_rule_about_others(faults_of):
    faults = faults_of(
        "transitions: [{days: 1, storage_class: ICE}], object_lock: {mode: compliance, days: 9}, expire_days: 8"
    )
    assert [fault.path for fault in faults] == ["archive.transitions[0].storage_class", "archive.expire_days"]


def test_an_existing_buckets_own_key_is_no_fault_because_deliveries_must_be_let_use_it():
    assert load(GOOD / "existing-bucket.yaml").archive.kms_key is not None


class TestTheBucketPolicyWithoutAnOrganization:
    @staticmethod
    def accounts(count: int, rest: str = "") -> str:
        entries = "".join(f'  - {{account_id: "{300000000000 + n}", name: a{n}{rest}}}\n' for n in range(count))
        return f"defaults: {{regions: us-east-1}}\naccounts:\n{entries}"

    @staticmethod
    def size(archive: Archive, count: int, key: str | None = None) -> int:
        return policies.size(
            policies.archive_bucket(
                "aws",
                bucket=archive.bucket,
                layout=archive.layout,
                organization_id=None,
                account_ids=tuple(f"{300000000000 + n}" for n in range(count)),
                kms_key_arn=key,
                break_glass_role=archive.break_glass_role,
                readers=policies.Readers(archive.readers, (archive.layout,)) if archive.readers else None,
            )
        )

    @pytest.mark.parametrize(
        "keys",
        [
            "",
            "break_glass_role: BreakGlass",
            "readers: [SecurityAudit, Reader*]",
            "kms_key: arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ],
        ids=["plain", "break-glass", "readers", "key"],
    )
    def test_the_bucket_policy_without_an_organization_takes_exactly_as_many_accounts_as_the_fault_says(
        self, archive_of, faults_of, keys
    ):
        (fault,) = faults_of(keys, self.accounts(1000))
        fit = int((fault.allowed or "").split()[2])
        archive = archive_of(keys, self.accounts(fit))

        assert self.size(archive, fit, archive.kms_key) <= 20_480 < self.size(archive, fit + 1, archive.kms_key)
        assert len(faults_of(keys, self.accounts(fit + 1))) == 1

    def test_the_bucket_policy_without_an_organization_allows_for_the_arn_of_a_managed_key(self, archive_of, faults_of):
        (fault,) = faults_of("kms_key: managed", self.accounts(1000))
        fit = int((fault.allowed or "").split()[2])
        key = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"
        archive = archive_of("kms_key: managed", self.accounts(fit))

        assert self.size(archive, fit, key) <= 20_480 < self.size(archive, fit + 1, key)

    def test_the_bucket_policy_without_an_organization_doesnt_list_suspended_accounts(self, archive_of):
        assert archive_of("", self.accounts(1000, ", status: suspended"))

    def test_the_bucket_policy_without_an_organization_is_no_matter_with_an_organization(self, archive_of):
        assert archive_of("", "organization: {id: o-a1b2c3d4e5}\n" + self.accounts(1000))
