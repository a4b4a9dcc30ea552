"""The initialization of a stack, kept from run to run. Terraform is tests/scripted_terraform.py."""

import shutil

import pytest

from tests.scripted_terraform import statuses


def _backend_file(kept):
    return kept / ".terraform" / "terraform.tfstate"


def backend_file_is_empty(kept, _other):
    _backend_file(kept).write_bytes(b"")


def backend_file_is_zeros(kept, _other):
    _backend_file(kept).write_bytes(bytes(_backend_file(kept).stat().st_size))


def backend_file_is_truncated(kept, _other):
    _backend_file(kept).write_bytes(_backend_file(kept).read_bytes()[:-5])


def backend_file_is_gone(kept, _other):
    _backend_file(kept).unlink()


def backend_file_names_another_state(kept, _other):
    _backend_file(kept).write_text('{"backend": {"type": "local", "config": {"path": "of-somebody-else"}}}')


def all_is_of_another_stack(kept, other):
    (other / ".terraform" / "other").touch()
    shutil.rmtree(kept)
    shutil.copytree(other, kept, symlinks=True)


def there_is_more_in_it(kept, _other):
    (kept / ".terraform" / "environment").write_text("another-workspace")


def lock_file_is_empty(kept, _other):
    (kept / ".terraform.lock.hcl").write_text("")


def lock_file_is_changed(kept, _other):
    (kept / ".terraform.lock.hcl").write_text("another provider")


def lock_file_is_gone(kept, _other):
    (kept / ".terraform.lock.hcl").unlink()


def provider_is_gone(kept, _other):
    (kept / ".terraform" / "provider").unlink()


def provider_leads_nowhere(kept, _other):
    (kept / ".terraform" / "provider").unlink()
    (kept / ".terraform" / "provider").symlink_to("/nowhere")


def provider_leads_elsewhere(kept, _other):
    (kept / ".terraform" / "provider").unlink()
    (kept / ".terraform" / "provider").symlink_to("/tmp")


def provider_leads_to_itself(kept, _other):
    (kept / ".terraform" / "provider").unlink()
    (kept / ".terraform" / "provider").symlink_to("provider")


def data_is_a_file(kept, _other):
    shutil.rmtree(kept / ".terraform")
    (kept / ".terraform").touch()


def key_is_empty(kept, _other):
    (kept / "key").write_bytes(b"")


def key_is_binary(kept, _other):
    (kept / "key").write_bytes(b"\xff\x00")


def key_is_gone(kept, _other):
    (kept / "key").unlink()


def it_is_a_file(kept, _other):
    shutil.rmtree(kept)
    kept.touch()


def it_is_a_link(kept, other):
    shutil.rmtree(kept)
    kept.symlink_to(other)


DAMAGES = (
    *(backend_file_is_empty, backend_file_is_zeros, backend_file_is_truncated, backend_file_is_gone),
    *(backend_file_names_another_state, all_is_of_another_stack, there_is_more_in_it),
    *(lock_file_is_empty, lock_file_is_changed, lock_file_is_gone),
    *(provider_is_gone, provider_leads_nowhere, provider_leads_elsewhere, provider_leads_to_itself),
    *(data_is_a_file, key_is_empty, key_is_binary, key_is_gone, it_is_a_file, it_is_a_link),
)


class TestAnInitialization:
    """A Terraform that says `init` where it wasn't run; the second run is of another workspace, as every run is."""

    def test_an_initialization_is_made_once_for_a_stack_that_stays_as_it_is(self, world):
        it = world(count=1)
        it.deploy()
        it.run_again()
        it.deploy()

        assert it.calls("account-1") == ["plan", "apply"]

    def test_an_initialization_is_made_anew_where_backend_or_provider_has_changed(self, world):
        it = world(count=1)
        it.deploy()
        it.run_again(backend={"local": {"path": "elsewhere"}})
        it.deploy()

        assert it.calls("account-1") == ["init", "plan", "apply"]

    def test_an_initialization_that_terraform_refuses_is_made_anew(self, world):
        it = world(count=1)
        it.deploy()
        it.run_again()
        it.fails("account-1", 'plan:Backend initialization required, please run "terraform init"')

        assert statuses(it.deploy())["account-1"] == "applied"
        assert it.calls("account-1") == ["plan", "init", "plan", "apply"]

    @pytest.mark.parametrize("damage", DAMAGES, ids=[damage.__name__ for damage in DAMAGES])
    def test_an_initialization_that_is_not_as_it_was_made_is_thrown_away_and_made_anew(self, world, damage):
        it = world(count=2)
        it.deploy()
        it.run_again()
        damage(it.kept("account-1"), it.kept("account-2"))

        assert statuses(it.deploy())["account-1"] == "applied"
        assert it.calls("account-1") == ["init", "plan", "apply"]
        it.run_again()
        it.deploy()
        assert it.calls("account-1") == ["plan", "apply"]

    def test_an_initialization_is_not_kept_where_its_plan_fails_for_whatever_reason(self, world):
        it = world(count=1)
        it.deploy()
        it.run_again()
        it.fails("account-1", "plan:whatever a damaged provider says")
        it.deploy()
        it.run_again()
        it.deploy()

        assert it.calls("account-1") == ["init", "plan", "apply"]

    def test_an_initialization_leaves_nothing_half_done_beside_it(self, world):
        it = world(count=1)
        it.deploy()

        assert sorted(path.name for path in it.kept("account-1").parent.iterdir()) == ["account-1", "archive"]

    def test_an_initialization_is_made_anew_where_its_arguments_have_changed_as_they_may_say_where_the_state_is(
        self, world
    ):
        it = world(count=1)
        it.deploy()
        it.run_again(environment={"TF_CLI_ARGS_init": "-backend-config=path=elsewhere"})
        it.deploy()

        assert it.calls("account-1") == ["init", "plan", "apply"]
