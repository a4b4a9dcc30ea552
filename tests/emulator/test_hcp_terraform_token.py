"""Which token HCP Terraform is called with, and where it is looked for."""

import json

import pytest

from orgtrail.state.hcp_terraform import HcpTerraformError
from orgtrail.state.hcp_terraform.token import find_token


class TestTheToken:
    def write(self, home, document):
        (home / ".terraform.d").mkdir()
        (home / ".terraform.d" / "credentials.tfrc.json").write_text(document)
        return {"HOME": str(home)}

    @pytest.mark.parametrize(
        ("host", "variable"),
        [
            ("app.terraform.io", "TF_TOKEN_app_terraform_io"),
            ("tfe.my-corp.example", "TF_TOKEN_tfe_my__corp_example"),
            ("tfe.my-corp.example", "TF_TOKEN_tfe.my-corp.example"),
        ],
    )
    def test_the_token_is_in_the_variable_of_its_host(self, tmp_path, host, variable):
        assert find_token(host, {"HOME": str(tmp_path), variable: "it"}).value == "it"

    def test_the_token_is_in_the_file_that_terraform_login_writes(self, tmp_path):
        environ = self.write(tmp_path, json.dumps({"credentials": {"app.terraform.io": {"token": "it"}}}))

        assert find_token("app.terraform.io", environ).value == "it"

    def test_the_token_of_the_variable_comes_before_that_of_the_file(self, tmp_path):
        environ = self.write(tmp_path, json.dumps({"credentials": {"app.terraform.io": {"token": "of the file"}}}))

        assert find_token("app.terraform.io", {**environ, "TF_TOKEN_app_terraform_io": "it"}).value == "it"

    def test_the_token_of_pytfe_is_the_last_resort(self, tmp_path):
        assert find_token("app.terraform.io", {"HOME": str(tmp_path), "TFE_TOKEN": "it"}).value == "it"

    def test_the_token_of_pytfe_goes_to_no_other_host(self, tmp_path):
        environ = {"HOME": str(tmp_path), "TFE_TOKEN": "it"}

        with pytest.raises(HcpTerraformError):
            find_token("tfe.acme.example", environ)
        assert find_token("tfe.acme.example", {**environ, "TFE_ADDRESS": "https://tfe.acme.example"}).value == "it"

    @pytest.mark.parametrize("document", ["{}", "[]", '{"credentials": {"app.terraform.io": "it"}}'])
    def test_the_token_that_is_missing_is_told_with_what_to_do(self, tmp_path, document):
        with pytest.raises(HcpTerraformError) as refusal:
            find_token("app.terraform.io", self.write(tmp_path, document))
        assert str(refusal.value) == (
            "There is no token for app.terraform.io. Set TF_TOKEN_app_terraform_io, or run `terraform login`, which "
            "keeps one in ~/.terraform.d"
        )

    def test_the_token_of_another_host_is_missing_by_that_hosts_name(self, tmp_path):
        with pytest.raises(HcpTerraformError, match=r"TF_TOKEN_tfe_my__corp_io, or run `terraform login tfe\.my-corp"):
            find_token("tfe.my-corp.io", {"HOME": str(tmp_path)})

    def test_the_token_in_a_file_that_cannot_be_read_is_told(self, tmp_path):
        with pytest.raises(HcpTerraformError, match=r"credentials\.tfrc\.json can't be read"):
            find_token("app.terraform.io", self.write(tmp_path, "{"))

    @pytest.mark.parametrize("value", ["se cret", "secret\nX: y", "sécret"])
    def test_the_token_that_is_none_is_refused_without_being_shown(self, tmp_path, value):
        with pytest.raises(HcpTerraformError) as refusal:
            find_token("app.terraform.io", {"HOME": str(tmp_path), "TF_TOKEN_app_terraform_io": value})
        assert "cret" not in str(refusal.value)

    def test_the_token_is_not_in_its_own_representation(self, tmp_path):
        token = find_token("app.terraform.io", {"HOME": str(tmp_path), "TF_TOKEN_app_terraform_io": "secret"})

        assert "secret" not in repr(token)
