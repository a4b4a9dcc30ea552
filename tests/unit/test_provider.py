"""Which AWS provider is found on a machine, and how Terraform is told to use it."""

import stat
from pathlib import Path
from typing import Any

import hcl2
import pytest

from orgtrail.terraform import provider
from orgtrail.terraform.provider import Provider, ProviderError, provider_in_use, terraform_environment

HOST = "registry.example.com"


@pytest.fixture(autouse=True)
def machine_without_mirrors(tmp_path, monkeypatch):
    """Nothing of the machine the tests run on is seen by them, and its platform is always the same."""
    monkeypatch.setattr(provider, "COMMON_PREFIXES", (str(tmp_path / "opt"),))
    monkeypatch.setattr(provider, "_platform", lambda: "linux_amd64")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environ(tmp_path):
    """An environment whose home and data folders are empty."""
    return {"HOME": str(tmp_path / "home"), "XDG_DATA_DIRS": str(tmp_path / "share")}


def unpacked(mirror: Path, *versions: str, platform: str = "linux_amd64") -> Path:
    for version in versions:
        folder = mirror / HOST / "hashicorp" / "aws" / version / platform
        folder.mkdir(parents=True)
        (folder / f"terraform-provider-aws_v{version}_x5").touch()
    return mirror


def packed(mirror: Path, *versions: str) -> Path:
    folder = mirror / HOST / "hashicorp" / "aws"
    folder.mkdir(parents=True)
    for version in versions:
        (folder / f"terraform-provider-aws_{version}_linux_amd64.zip").touch()
        (folder / f"{version}.json").touch()
    return mirror


def configured(tmp_path: Path, text: str) -> dict[str, str]:
    config = tmp_path / "user.tfrc"
    config.write_text(text)
    return {"HOME": str(tmp_path / "home"), "TF_CLI_CONFIG_FILE": str(config)}


def names(mirror: Path) -> str:
    return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'


class TestWhereTheProviderIsFound:
    def test_without_a_mirror_it_is_downloaded_in_the_version_the_bindings_were_built_from(self, environ):
        assert provider_in_use(environ) == Provider("6.25.0", None)

    def test_the_folder_of_the_variable_wins_over_every_other(self, tmp_path, environ):
        unpacked(tmp_path / "opt" / "plugins", "6.25.0")
        mine = unpacked(tmp_path / "mine", "6.20.0")
        assert provider_in_use(environ | {"ORGTRAIL_PROVIDER_MIRROR": str(mine)}) == Provider("6.20.0", mine)

    def test_the_variable_none_means_no_mirror_at_all(self, tmp_path, environ):
        unpacked(tmp_path / "opt" / "plugins", "5.100.0")
        assert provider_in_use(environ | {"ORGTRAIL_PROVIDER_MIRROR": "none"}).mirror is None

    def test_the_mirror_named_in_the_configuration_is_found(self, tmp_path):
        mirror = unpacked(tmp_path / "named", "5.100.0")
        assert provider_in_use(configured(tmp_path, names(mirror))) == Provider("5.100.0", mirror)

    def test_the_configuration_in_the_home_folder_counts_too(self, tmp_path, environ):
        mirror = unpacked(tmp_path / "named", "5.100.0")
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / ".terraformrc").write_text(names(mirror))
        assert provider_in_use(environ).mirror == mirror

    def test_a_named_configuration_that_does_not_exist_is_no_obstacle(self, tmp_path, environ):
        gone = environ | {"TF_CLI_CONFIG_FILE": str(tmp_path / "gone.tfrc")}
        assert provider_in_use(gone) == Provider("6.25.0", None)

    def test_a_configuration_that_installs_from_elsewhere_is_the_last_word(self, tmp_path):
        unpacked(tmp_path / "opt" / "plugins", "5.100.0")
        environ = configured(tmp_path, "provider_installation {\n  direct {}\n}\n")
        assert provider_in_use(environ).mirror is None

    def test_a_configuration_with_development_overrides_is_understood(self, tmp_path):
        mirror = unpacked(tmp_path / "named", "5.100.0")
        overrides = '  dev_overrides {\n    "hashicorp/null" = "/src/null"\n  }\n}\n'
        environ = configured(tmp_path, names(mirror).removesuffix("}\n") + overrides)
        assert provider_in_use(environ).mirror == mirror

    @pytest.mark.parametrize("folder", ["terraform.d/plugins", "home/.terraform.d/plugins", "share/terraform/plugins"])
    def test_the_folders_terraform_looks_into_by_itself_are_found(self, tmp_path, environ, folder):
        mirror = unpacked(tmp_path / folder, "5.100.0")
        assert provider_in_use(environ) == Provider("5.100.0", mirror)

    def test_a_mirror_under_a_common_prefix_is_found_by_its_layout_whatever_its_name(self, tmp_path, environ):
        mirror = unpacked(tmp_path / "opt" / "anything", "5.100.0")
        assert provider_in_use(environ) == Provider("5.100.0", mirror)

    def test_a_mirror_of_zip_files_is_a_mirror(self, tmp_path, environ):
        mirror = packed(tmp_path / "opt" / "plugins", "6.25.0")
        assert provider_in_use(environ) == Provider("6.25.0", mirror)

    def test_is_unpacked_where_terraform_can_link_to_it(self, tmp_path):
        assert Provider("5.100.0", unpacked(tmp_path / "a", "5.100.0")).is_unpacked
        assert not Provider("6.25.0", unpacked(tmp_path / "b", "5.100.0")).is_unpacked
        assert not Provider("5.100.0", packed(tmp_path / "c", "5.100.0")).is_unpacked
        assert not Provider("5.100.0", None).is_unpacked

    def test_a_mirror_for_another_platform_does_not_count(self, tmp_path, environ):
        unpacked(tmp_path / "opt" / "plugins", "5.100.0", platform="darwin_arm64")
        assert provider_in_use(environ).mirror is None

    def test_a_folder_that_nobody_named_and_that_does_not_fit_is_passed_over(self, tmp_path, environ):
        unpacked(tmp_path / "opt" / "old", "4.67.0")
        assert provider_in_use(environ) == Provider("6.25.0", None)


class TestWhichVersionIsChosen:
    @pytest.mark.parametrize(
        ("held", "chosen"),
        [
            (["5.100.0", "6.25.0", "6.99.0"], "6.25.0"),
            (["5.100.0", "6.9.0", "6.10.0"], "6.10.0"),
            (["5.9.0", "5.100.0", "4.67.0"], "5.100.0"),
            (["5.100.0", "7.0.0"], "5.100.0"),
        ],
    )
    def test_the_bindings_own_is_best_then_the_newest_6_then_the_newest_5(self, tmp_path, environ, held, chosen):
        unpacked(tmp_path / "opt" / "plugins", *held)
        assert provider_in_use(environ).version == chosen

    def test_the_version_variable_chooses_among_those_of_the_mirror(self, tmp_path, environ):
        unpacked(tmp_path / "opt" / "plugins", "5.100.0", "6.25.0")
        assert provider_in_use(environ | {"ORGTRAIL_PROVIDER_VERSION": "5.100.0"}).version == "5.100.0"

    def test_the_version_variable_is_what_is_downloaded_without_a_mirror(self, environ):
        wanted = environ | {"ORGTRAIL_PROVIDER_VERSION": "5.99.1"}
        assert provider_in_use(wanted) == Provider("5.99.1", None)

    def test_the_major_version_is_a_number(self):
        assert Provider("5.100.0", None).major == 5


class TestErrors:
    def test_fails_when_the_named_folder_holds_no_provider_and_says_what_it_looked_for(self, tmp_path, environ):
        with pytest.raises(ProviderError) as error:
            provider_in_use(environ | {"ORGTRAIL_PROVIDER_MIRROR": str(tmp_path)})
        assert str(error.value) == (
            f"The provider mirror {tmp_path} (named by ORGTRAIL_PROVIDER_MIRROR) has no AWS provider for "
            "linux_amd64. Looked for <host>/hashicorp/aws/<version>/linux_amd64/terraform-provider-aws* and "
            "<host>/hashicorp/aws/terraform-provider-aws_<version>_linux_amd64.zip in it. Name a folder made "
            "by `terraform providers mirror`, or set ORGTRAIL_PROVIDER_MIRROR=none to download the provider."
        )

    def test_fails_when_a_configured_mirror_has_other_major_versions_only(self, tmp_path):
        environ = configured(tmp_path, names(unpacked(tmp_path / "named", "4.67.0", "7.0.0")))
        with pytest.raises(ProviderError, match=r"holds AWS provider 4\.67\.0, 7\.0\.0 .* version 6 or 5 is needed"):
            provider_in_use(environ)

    def test_fails_when_a_configured_mirror_lacks_the_wanted_version(self, tmp_path):
        environ = configured(tmp_path, names(unpacked(tmp_path / "named", "5.100.0")))
        with pytest.raises(ProviderError, match=r"6\.25\.0 is needed"):
            provider_in_use(environ | {"ORGTRAIL_PROVIDER_VERSION": "6.25.0"})

    @pytest.mark.parametrize("version", ["latest", "6", "4.67.0", "~> 6.0"])
    def test_fails_when_the_wanted_version_is_no_release_the_stacks_can_use(self, environ, version):
        with pytest.raises(ProviderError, match="ORGTRAIL_PROVIDER_VERSION is"):
            provider_in_use(environ | {"ORGTRAIL_PROVIDER_VERSION": version})

    def test_fails_when_the_configuration_is_broken_and_names_the_file(self, tmp_path):
        environ = configured(tmp_path, "provider_installation {\n")
        with pytest.raises(ProviderError, match=r"user\.tfrc can't be read: .*ORGTRAIL_PROVIDER_MIRROR=none"):
            provider_in_use(environ)


class TestTheEnvironmentForTerraform:
    def test_a_provider_from_the_registry_needs_no_configuration(self, tmp_path, environ):
        added = terraform_environment(Provider("6.25.0", None), environ, tmp_path)
        assert added == {
            "CHECKPOINT_DISABLE": "1",
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        }

    def test_what_the_user_decided_about_the_banner_of_jsii_is_left_alone(self, tmp_path, environ):
        decided = environ | {"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": ""}
        assert terraform_environment(Provider("6.25.0", None), decided, tmp_path) == {"CHECKPOINT_DISABLE": "1"}

    def test_a_mirror_is_named_in_a_generated_configuration_and_to_providers_lock(self, tmp_path, environ):
        added = terraform_environment(Provider("5.100.0", tmp_path / "my mirror"), environ, tmp_path)
        assert added["TF_CLI_CONFIG_FILE"] == str(tmp_path / ".orgtrail" / "terraform.rc")
        assert added["TF_CLI_ARGS_providers_lock"] == f"-fs-mirror='{tmp_path / 'my mirror'}'"
        assert added["CDKTF_DISABLE_PLUGIN_CACHE_ENV"] == "1"

    def test_the_generated_configuration_leads_back_to_the_same_provider(self, tmp_path, environ):
        found = Provider("5.100.0", unpacked(tmp_path / "mirror", "5.100.0"))
        added = terraform_environment(found, environ, tmp_path)
        assert provider_in_use(environ | added) == found

    def test_the_generated_configuration_keeps_the_users_own(self, tmp_path):
        environ = configured(tmp_path, 'credentials "app.example.com" {\n  token = "secret"\n}\n')
        config = generated(Provider("5.100.0", tmp_path / "mirror"), environ, tmp_path)
        assert config["credentials"] == [{"app.example.com": {"token": "secret"}}]

    def test_the_generated_configuration_has_one_provider_installation(self, tmp_path):
        environ = configured(tmp_path, "# first\n" + names(tmp_path / "other") + "disable_checkpoint = true\n")
        config = generated(Provider("5.100.0", tmp_path / "mirror"), environ, tmp_path)
        assert config["disable_checkpoint"] is True
        assert config["provider_installation"] == [
            {
                "filesystem_mirror": [{"path": str(tmp_path / "mirror"), "include": ["hashicorp/aws"]}],
                "direct": [{"exclude": ["hashicorp/aws"]}],
            }
        ]

    def test_the_generated_configuration_is_for_its_owner_only_as_it_can_hold_credentials(self, tmp_path, environ):
        added = terraform_environment(Provider("5.100.0", tmp_path / "mirror"), environ, tmp_path)
        assert stat.S_IMODE(Path(added["TF_CLI_CONFIG_FILE"]).stat().st_mode) == 0o600

    def test_a_configuration_that_names_the_mirror_already_stays_as_it_is(self, tmp_path):
        environ = configured(tmp_path, names(tmp_path / "mirror"))
        added = terraform_environment(Provider("5.100.0", tmp_path / "mirror"), environ, tmp_path)
        assert "TF_CLI_CONFIG_FILE" not in added
        assert not (tmp_path / ".orgtrail").exists()

    def test_the_users_own_arguments_of_providers_lock_are_kept(self, tmp_path, environ):
        own = environ | {"TF_CLI_ARGS_providers_lock": "-no-color"}
        added = terraform_environment(Provider("5.100.0", tmp_path / "mirror"), own, tmp_path)
        assert added["TF_CLI_ARGS_providers_lock"] == f"-no-color -fs-mirror={tmp_path / 'mirror'}"

    def test_fails_when_the_configuration_cannot_be_written(self, tmp_path, environ):
        (tmp_path / ".orgtrail").touch()
        with pytest.raises(ProviderError, match="can't be written"):
            terraform_environment(Provider("5.100.0", tmp_path / "mirror"), environ, tmp_path)


def generated(found: Provider, environ: dict[str, str], workdir: Path) -> dict[str, Any]:
    path = terraform_environment(found, environ, workdir)["TF_CLI_CONFIG_FILE"]
    options = hcl2.SerializationOptions(strip_string_quotes=True, explicit_blocks=False, with_comments=False)
    return hcl2.loads(Path(path).read_text(), serialization_options=options)
