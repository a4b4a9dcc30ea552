"""What the lists of outdated packages and of licences are made of. uv, npm and cyclonedx-py aren't asked here."""

import json

import pytest

from scripts import outdated, sbom
from scripts.outdated import Outdated, Resolved, compared, held_back, loosened, pins_of, resolved
from scripts.sbom import packages_of, verdict
from tests.builders import REPOSITORY


class TestOutdated:
    def test_each_pin_of_a_requirements_file_is_read_whatever_stands_around_it(self):
        text = "# comment: x==1\n-r other.txt\nPyYAML==6.0.3  # why\nmoto[server]==5.2.5\nruamel.yaml==0.19.1\n"

        assert pins_of(text) == {"pyyaml": "6.0.3", "moto": "5.2.5", "ruamel-yaml": "0.19.1"}

    def test_a_resolution_says_which_packages_ask_for_each(self):
        text = "# made by uv\nurllib3==2.8.0   # via botocore, -r -, requests\nsix==1.17.0\n"

        assert resolved(text) == {
            "urllib3": Resolved("2.8.0", ["botocore", "requests"]),
            "six": Resolved("1.17.0", []),
        }

    def test_what_is_held_back_stays_as_pinned_or_away_from_the_versions_refused(self):
        pinned = {"cdktf": "0.21.0", "pytest": "9.1.1", "boto3": "1.44.5"}

        assert loosened(pinned, {"cdktf": (), "pytest": ["9.2.0"]}) == ["cdktf==0.21.0", "pytest!=9.2.0", "boto3"]

    def test_only_what_has_a_newer_version_is_told_with_what_keeps_it_older(self):
        pinned = {"six": "1", "boto3": "1", "mpmath": "1", "cdktf": "1"}
        allowed = {"boto3": Resolved("2"), "mpmath": Resolved("1", ["sympy"]), "cdktf": Resolved("1")}
        newest = {"six": Resolved("1"), "boto3": Resolved("2"), "mpmath": Resolved("2"), "cdktf": Resolved("3")}

        assert list(compared("app", pinned, allowed, newest, {"cdktf": ()})) == [
            Outdated("boto3", "app", "1", "2", "2", ""),
            Outdated("cdktf", "app", "1", "1", "3", "dependabot.yml"),
            Outdated("mpmath", "app", "1", "1", "2", "sympy"),
        ]

    def test_everything_that_dependabot_may_not_touch_is_pinned_somewhere(self):
        files = [file for files in outdated._TOGETHER.values() for file in files]
        pinned = pins_of("".join((REPOSITORY / file).read_text(encoding="utf-8") for file in files))

        assert held_back("pip").keys() - pinned.keys() == set()
        assert "cdktf" in held_back("pip")

    @pytest.mark.parametrize("program", ["uv", "npm"])
    def test_without_a_network_it_says_so_and_shows_no_table(self, program, tmp_path, monkeypatch, capsys):
        fake = tmp_path / program
        fake.write_text("#!/bin/sh\necho '{\"error\": {}}'\necho 'connection refused' >&2\nexit 1\n")
        fake.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
        monkeypatch.setattr(outdated, "tool", lambda *_: fake)
        if program == "npm":
            monkeypatch.setattr(outdated, "_python_packages", lambda _: [])
        with pytest.raises(SystemExit) as ended:
            outdated.main([])

        assert ended.value.code == 1
        assert capsys.readouterr() == (
            "",
            f"{program} can't say which versions there are; is there a network?\nconnection refused\n",
        )


class TestLicences:
    @pytest.mark.parametrize(
        "licences",
        [
            ["MIT"],
            ["MIT OR GPL-3.0-only"],
            ["(MIT OR WTFPL)"],
            ["Apache-2.0 AND CNRI-Python"],
            ["BSD-3-Clause", "License :: OSI Approved :: BSD License"],
            ["MPL-2.0", "License :: OSI Approved"],
        ],
    )
    def test_a_licence_of_the_list_is_allowed(self, licences):
        assert verdict("x", licences) == "allowed"

    @pytest.mark.parametrize(
        ("licences", "wrong"),
        [
            (["GPL-3.0-only"], "GPL-3.0-only"),
            (["MIT AND GPL-3.0-only"], "MIT AND GPL-3.0-only"),
            (["MIT", "GPL-3.0-only"], "GPL-3.0-only"),
            (["(MIT AND GPL-3.0-only) OR GPL-2.0-only"], "(MIT AND GPL-3.0-only) OR GPL-2.0-only"),
            (["(GPL-3.0-only) OR (MIT)"], "(GPL-3.0-only) OR (MIT)"),
            (["GPL-3.0-only AND (MIT OR ISC)"], "GPL-3.0-only AND (MIT OR ISC)"),
            (["License :: OSI Approved"], "no licence is said"),
            ([], "no licence is said"),
        ],
    )
    def test_another_one_is_not_and_neither_is_none(self, licences, wrong):
        assert verdict("x", licences) == wrong

    def test_a_known_package_is_known_only_as_long_as_it_says_the_same(self):
        assert verdict("jsonify", []) == "known: public domain, by its package.json"
        assert verdict("jsonify", ["GPL-3.0-only"]) == "GPL-3.0-only"

    def test_a_list_with_a_licence_that_is_not_allowed_is_written_and_fails(self, tmp_path, monkeypatch, capsys):
        made = {"components": [{"name": "b", "version": "2", "licenses": [{"license": {"id": "GPL-3.0-only"}}]}]}
        monkeypatch.setattr(sbom, "_of_python", lambda: json.dumps(made))
        monkeypatch.setattr(sbom, "_of_node", lambda: json.dumps({"components": []}))
        with pytest.raises(SystemExit) as ended:
            sbom.main(["--folder", str(tmp_path)])

        assert ended.value.code == 1
        assert "  b 2 (python): GPL-3.0-only\n" in capsys.readouterr().err
        assert (tmp_path / "licences.csv").read_text().splitlines()[1] == "python,b,2,GPL-3.0-only,GPL-3.0-only"

    def test_packages_come_by_name_with_each_form_of_licence(self):
        components = [
            {"name": "b", "version": "1", "licenses": [{"license": {"name": "License :: DFSG approved"}}]},
            {"name": "A", "version": "1", "licenses": [{"expression": "MIT OR ISC"}]},
        ]

        assert [tuple(one) for one in packages_of("node", {"components": components})] == [
            ("node", "A", "1", "MIT OR ISC", "allowed"),
            ("node", "b", "1", "License :: DFSG approved", "no licence is said"),
        ]
