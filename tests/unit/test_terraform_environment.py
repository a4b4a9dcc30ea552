"""How Terraform and the cdktf CLI are told to use the provider that was found."""

import shlex
from pathlib import Path

from orgtrail.terraform.environment import terraform_environment
from orgtrail.terraform.provider import Provider
from orgtrail.terraform.variables import refusals

MIRROR = Provider("5.100.0", Path("/srv/my mirror"))


def test_a_provider_from_the_registry_needs_no_arguments():
    assert terraform_environment(Provider("6.25.0", None), {}) == {
        "CHECKPOINT_DISABLE": "1",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }


def test_what_the_user_decided_about_the_banner_of_jsii_is_left_alone():
    decided = {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": ""}

    assert terraform_environment(Provider("6.25.0", None), decided) == {"CHECKPOINT_DISABLE": "1"}


def test_init_and_providers_lock_are_told_of_a_mirror():
    added = terraform_environment(MIRROR, {})

    assert shlex.split(added["TF_CLI_ARGS_init"]) == ["-plugin-dir=/srv/my mirror"]
    assert shlex.split(added["TF_CLI_ARGS_providers_lock"]) == ["-fs-mirror=/srv/my mirror"]


def test_the_users_cli_configuration_with_its_credentials_stays_in_force():
    assert "TF_CLI_CONFIG_FILE" not in terraform_environment(MIRROR, {})


def test_a_cli_configuration_named_from_the_current_folder_is_found_from_the_folders_of_the_stacks():
    added = terraform_environment(MIRROR, {"TF_CLI_CONFIG_FILE": "mine.tfrc"})

    assert added["TF_CLI_CONFIG_FILE"] == str(Path.cwd() / "mine.tfrc")


def test_the_users_own_arguments_are_kept_behind_ours():
    own = {"TF_CLI_ARGS_init": "-plugin-dir=/theirs", "TF_CLI_ARGS_providers_lock": "-no-color"}
    added = terraform_environment(MIRROR, own)

    assert shlex.split(added["TF_CLI_ARGS_init"]) == ["-plugin-dir=/srv/my mirror", "-plugin-dir=/theirs"]
    assert shlex.split(added["TF_CLI_ARGS_providers_lock"]) == ["-no-color", "-fs-mirror=/srv/my mirror"]


def test_in_an_environment_that_has_them_already_nothing_changes():
    added = terraform_environment(MIRROR, {})

    assert terraform_environment(MIRROR, added) | {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20"} == added


def test_what_is_added_is_not_among_the_variables_that_are_refused():
    assert refusals(terraform_environment(MIRROR, {})) == []


def test_what_is_refused_of_the_user_stays_refused_with_it():
    added = terraform_environment(MIRROR, {"TF_CLI_ARGS_init": "-backend=false"})

    assert refusals(added) == ["TF_CLI_ARGS_init has -backend=false: it changes what Terraform works on. Take it out."]
