"""Where the configuration of Terraform's and OpenTofu's command line is."""

from pathlib import Path

import pytest

from orgtrail.terraform.cli_config import config_file


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ([".terraformrc", ".tofurc"], "home/.tofurc"),
        ([".terraformrc"], "home/.terraformrc"),
        ([], "config/opentofu/tofurc"),
    ],
)
def test_opentofu_takes_its_own_file_then_terraforms_then_the_one_of_xdg(tmp_path, there, expected):
    (tmp_path / "home").mkdir()
    for name in there:
        (tmp_path / "home" / name).touch()
    environ = {
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "TERRAFORM_BINARY_NAME": "tofu",
    }

    assert config_file(environ) == tmp_path / expected


def test_a_named_file_is_the_one_for_both():
    for binary in ("terraform", "tofu"):
        assert config_file({"TF_CLI_CONFIG_FILE": "/etc/own.tfrc", "TERRAFORM_BINARY_NAME": binary}) == Path(
            "/etc/own.tfrc"
        )
