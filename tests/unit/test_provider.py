"""Which AWS provider is found on a machine."""

import json
from pathlib import Path

import pytest

from orgtrail.terraform import mirrors
from orgtrail.terraform.cli_config import UnreadableCliConfig
from orgtrail.terraform.provider import Provider, ProviderError, provider_in_use

HOST = "registry.example.com"
HERE = mirrors.this_platform()
ELSEWHERE = "plan9_386"


@pytest.fixture(autouse=True)
def machine_without_mirrors(tmp_path, monkeypatch):
    """Nothing of the machine the tests run on is seen by them."""
    monkeypatch.setattr(mirrors, "COMMON_PREFIXES", (str(tmp_path / "opt"),))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environ(tmp_path):
    """An environment whose home and data folders are empty."""
    return {"HOME": str(tmp_path / "home"), "XDG_DATA_DIRS": str(tmp_path / "share")}


def unpacked(mirror: Path, *versions: str, platform: str = HERE, host: str = HOST) -> Path:
    for version in versions:
        folder = mirror / host / "hashicorp" / "aws" / version / platform
        folder.mkdir(parents=True)
        (folder / f"terraform-provider-aws_v{version}_x5").touch()
    return mirror


def packed(mirror: Path, *versions: str) -> Path:
    folder = mirror / HOST / "hashicorp" / "aws"
    folder.mkdir(parents=True)
    for version in versions:
        (folder / f"terraform-provider-aws_{version}_{HERE}.zip").touch()
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

    @pytest.mark.parametrize(
        ("lines", "is_found"),
        [
            ('include = ["hashicorp/aws"]', True),
            ('include = ["*/*"]', True),
            ('include = ["*/*/*"]', True),
            ('include = ["Registry.Terraform.IO/hashicorp/*"]', True),
            ('include = ["hashicorp/null", "acme/*"]', False),
            ('include = ["registry.example.com/*/*"]', False),
            ('exclude = ["hashicorp/null"]', True),
            ('exclude = ["hashicorp/*"]', False),
            ('include = ["hashicorp/aws"]\n    exclude = ["hashicorp/aws"]', False),
        ],
    )
    def test_a_mirror_counts_only_where_terraform_would_take_the_aws_provider_from_it(self, tmp_path, lines, is_found):
        mirror = unpacked(tmp_path / "named", "5.100.0")
        environ = configured(tmp_path, names(mirror).replace("  }\n", f"    {lines}\n  }}\n"))
        assert provider_in_use(environ).mirror == (mirror if is_found else None)

    def test_a_second_mirror_is_taken_where_the_first_is_not_for_the_aws_provider(self, tmp_path):
        first, second = unpacked(tmp_path / "first", "6.25.0"), unpacked(tmp_path / "second", "5.100.0")
        mirrors_ = f'filesystem_mirror {{\n path = "{first}"\n include = ["acme/*"]\n}}\n'
        mirrors_ += f'filesystem_mirror {{\n path = "{second}"\n}}\n'
        assert provider_in_use(configured(tmp_path, f"provider_installation {{\n{mirrors_}}}\n")).mirror == second

    @pytest.mark.parametrize("as_list", [False, True])
    def test_a_configuration_may_be_json(self, tmp_path, as_list):
        mirror = unpacked(tmp_path / "named", "5.100.0")
        body = {"filesystem_mirror": {"path": str(mirror), "include": ["hashicorp/*"]}, "direct": {}}
        document = {"provider_installation": [body] if as_list else body}
        assert provider_in_use(configured(tmp_path, json.dumps(document))).mirror == mirror

    def test_a_configuration_may_have_quoted_keys(self, tmp_path):
        mirror = unpacked(tmp_path / "named", "5.100.0")
        text = f'"provider_installation" {{\n  "filesystem_mirror" {{\n    "path" = "{mirror}"\n  }}\n}}\n'
        assert provider_in_use(configured(tmp_path, text)).mirror == mirror

    @pytest.mark.parametrize("name", ["mirror.tfrc", "mirror.tfrc.json"])
    def test_the_folder_of_configurations_counts_unless_a_file_is_named(self, tmp_path, environ, name):
        mirror = unpacked(tmp_path / "named", "5.100.0")
        folder = tmp_path / "home" / ".terraform.d"
        folder.mkdir(parents=True)
        (folder / "credentials.tfrc.json").write_text('{"credentials": {}}')
        in_json = json.dumps({"provider_installation": {"filesystem_mirror": {"path": str(mirror)}}})
        (folder / name).write_text(in_json if name.endswith("json") else names(mirror))

        assert provider_in_use(environ).mirror == mirror
        assert provider_in_use(environ | {"TF_CLI_CONFIG_FILE": str(tmp_path / "gone.tfrc")}).mirror is None

    @pytest.mark.parametrize("folder", ["terraform.d/plugins", "home/.terraform.d/plugins", "share/terraform/plugins"])
    def test_the_folders_terraform_looks_into_by_itself_are_found(self, tmp_path, environ, folder):
        mirror = unpacked(tmp_path / folder, "5.100.0")
        assert provider_in_use(environ) == Provider("5.100.0", mirror)

    def test_opentofu_has_a_configuration_and_a_registry_of_its_own(self, tmp_path, environ, monkeypatch):
        monkeypatch.setenv("TERRAFORM_BINARY_NAME", "/opt/bin/tofu")
        of_terraform = unpacked(tmp_path / "terraforms", "5.100.0")
        of_tofu = unpacked(tmp_path / "tofus", "5.99.0", host="registry.opentofu.org")
        (tmp_path / "home").mkdir()
        (tmp_path / "home" / ".terraformrc").write_text(names(of_terraform))
        environ["TERRAFORM_BINARY_NAME"] = "/opt/bin/tofu"
        assert provider_in_use(environ).mirror is None

        (tmp_path / "home" / ".tofurc").write_text(names(of_tofu))
        assert provider_in_use(environ) == Provider("5.99.0", of_tofu)

    def test_a_mirror_under_a_common_prefix_is_found_by_its_layout_whatever_its_name(self, tmp_path, environ):
        mirror = unpacked(tmp_path / "opt" / "anything", "5.100.0")
        assert provider_in_use(environ) == Provider("5.100.0", mirror)

    def test_a_mirror_of_zip_files_is_a_mirror(self, tmp_path, environ):
        mirror = packed(tmp_path / "opt" / "plugins", "6.25.0")
        assert provider_in_use(environ) == Provider("6.25.0", mirror)

    def test_where_the_provider_is_found_is_unpacked_where_terraform_can_link_to_it(self, tmp_path):
        assert Provider("5.100.0", unpacked(tmp_path / "a", "5.100.0")).is_unpacked
        assert not Provider("6.25.0", unpacked(tmp_path / "b", "5.100.0")).is_unpacked
        assert not Provider("5.100.0", packed(tmp_path / "c", "5.100.0")).is_unpacked
        assert not Provider("5.100.0", None).is_unpacked

    def test_a_mirror_for_another_platform_does_not_count(self, tmp_path, environ):
        unpacked(tmp_path / "opt" / "plugins", "5.100.0", platform=ELSEWHERE)
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
    def test_errors_fails_when_the_named_folder_holds_no_provider_and_says_what_it_looked_for(self, tmp_path, environ):
        with pytest.raises(ProviderError) as error:
            provider_in_use(environ | {"ORGTRAIL_PROVIDER_MIRROR": str(tmp_path)})
        assert str(error.value) == (
            f"The provider mirror {tmp_path} (named by ORGTRAIL_PROVIDER_MIRROR) has no AWS provider for "
            f"{HERE}. Looked for <host>/hashicorp/aws/<version>/{HERE}/terraform-provider-aws* and "
            f"<host>/hashicorp/aws/terraform-provider-aws_<version>_{HERE}.zip in it. Name a folder made "
            "by `terraform providers mirror`, or set ORGTRAIL_PROVIDER_MIRROR=none to download the provider."
        )

    def test_errors_fails_when_a_configured_mirror_has_other_major_versions_only(self, tmp_path):
        environ = configured(tmp_path, names(unpacked(tmp_path / "named", "4.67.0", "7.0.0")))
        with pytest.raises(ProviderError, match=r"holds AWS provider 4\.67\.0, 7\.0\.0 .* version 6 or 5 is needed"):
            provider_in_use(environ)

    def test_errors_fails_when_a_configured_mirror_lacks_the_wanted_version(self, tmp_path):
        environ = configured(tmp_path, names(unpacked(tmp_path / "named", "5.100.0")))
        with pytest.raises(ProviderError, match=r"6\.25\.0 is needed"):
            provider_in_use(environ | {"ORGTRAIL_PROVIDER_VERSION": "6.25.0"})

    @pytest.mark.parametrize("version", ["latest", "6", "4.67.0", "~> 6.0"])
    def test_errors_fails_when_the_wanted_version_is_no_release_the_stacks_can_use(self, environ, version):
        with pytest.raises(ProviderError, match="ORGTRAIL_PROVIDER_VERSION is"):
            provider_in_use(environ | {"ORGTRAIL_PROVIDER_VERSION": version})

    @pytest.mark.parametrize("text", ["provider_installation {\n", '{"provider_installation": '])
    def test_errors_fails_when_the_configuration_is_broken_and_names_the_file(self, tmp_path, text):
        environ = configured(tmp_path, text)
        with pytest.raises(UnreadableCliConfig, match=r"(?s)user\.tfrc can't be read: .*ORGTRAIL_PROVIDER_MIRROR=none"):
            provider_in_use(environ)


class TestTheMoveFrom5To6:
    def test_a_resource_says_its_region_with_6_unless_aliases_are_kept(self, environ):
        assert provider_in_use(environ).takes_regions
        assert not provider_in_use(environ | {"ORGTRAIL_PROVIDER_ALIASES": "keep"}).takes_regions
        assert not Provider("5.100.0", None).takes_regions

    def test_a_word_other_than_keep_is_told(self, environ):
        with pytest.raises(ProviderError, match=r"ORGTRAIL_PROVIDER_ALIASES is 'yes'\. Set it to `keep`"):
            provider_in_use(environ | {"ORGTRAIL_PROVIDER_ALIASES": "yes"})

    def test_what_s3_blocks_by_itself_is_known_from_6_22_on(self):
        versions = ("5.100.0", "6.9.0", "6.21.0", "6.22.0", "6.100.0")
        known = {version: Provider(version, None).blocks_encryption_types for version in versions}

        assert known == {"5.100.0": False, "6.9.0": False, "6.21.0": False, "6.22.0": True, "6.100.0": True}
