"""Only the modules of the bindings that are used are loaded; nothing of what is synthesized shows it."""

import json
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from orgtrail.paths import REPOSITORY
from orgtrail.terraform import lazy_bindings as module
from orgtrail.terraform.lazy_bindings import lazy_bindings

PRELOADED = Path(module.__file__).with_suffix(".cjs")

ENTRY_FILE = """\
"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.second = exports.first = void 0;
exports.first = require("./first");
exports.second = require("./second");
exports.third = require("./first").name;
module.exports.fourth = require("./fourth");
"""


def node(*arguments, cwd, options=None, status=0):
    """What Node prints, started with these NODE_OPTIONS."""
    environ = {name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"}
    if options is not None:
        environ["NODE_OPTIONS"] = options
    done = subprocess.run(["node", *arguments], cwd=cwd, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stderr
    return done.stdout


def preloaded(monkeypatch, users=None):
    """NODE_OPTIONS as a Node process gets them that starts now."""
    if users is None:
        monkeypatch.delenv("NODE_OPTIONS", raising=False)
    else:
        monkeypatch.setenv("NODE_OPTIONS", users)
    with lazy_bindings():
        return os.environ["NODE_OPTIONS"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """main.py, started as cdktf starts it: as it is, and with an entry file that loads everything at once.

    A preload file of the user's own tells which modules of the bindings Node has loaded at the end.
    """
    folder = tmp_path_factory.mktemp("runs")
    report = folder / "report of modules.cjs"
    report.write_text(
        "process.on('exit', () => { if (require('worker_threads').isMainThread)"
        " require('fs').appendFileSync(process.env.LOADED, Object.keys(require.cache).join('\\n') + '\\n') })"
    )
    found = {}
    for name, program in (
        ("lazy", "import runpy; runpy.run_path('main.py')"),
        (
            "eager",
            "import os, runpy; from pathlib import Path; from orgtrail.terraform import lazy_bindings\n"
            "lazy_bindings._PRELOADED = Path(os.devnull); runpy.run_path('main.py')",
        ),
    ):
        out, loaded = folder / name, folder / f"{name}.txt"
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=REPOSITORY,
            env={
                **os.environ,
                "ORGTRAIL_ACCOUNTS": str(REPOSITORY / "accounts.yaml"),
                "CDKTF_OUTDIR": str(out),
                "LOADED": str(loaded),
                "NODE_OPTIONS": f'--require "{report}"',
            },
            check=True,
            timeout=120,
        )
        texts = {path.relative_to(out): path.read_bytes() for path in out.rglob("*") if path.is_file()}
        modules = [line for line in loaded.read_text().splitlines() if "@cdktf/provider-aws/lib/" in line]
        found[name] = (texts, modules)
    return found


class TestWhatIsSynthesized:
    def test_what_is_synthesized_is_the_same_to_the_byte_as_with_all_modules_loaded(self, runs):
        assert len(runs["lazy"][0]) > 4
        assert runs["lazy"][0] == runs["eager"][0]

    def test_what_is_synthesized_comes_from_the_modules_that_are_used_alone(self, runs):
        assert len(runs["lazy"][1]) < 100
        assert len(runs["eager"][1]) > 2_000


class TestNodeOptions:
    def test_those_of_the_user_stay(self, monkeypatch, tmp_path):
        options = preloaded(monkeypatch, "--max-http-header-size=12345 --title=mine")

        told = node("-p", "[require('http').maxHeaderSize, process.title].join()", cwd=tmp_path, options=options)
        assert told == "12345,mine\n"

    @pytest.mark.parametrize("users", [None, "", "--no-warnings"])
    def test_node_options_are_as_before_afterwards(self, monkeypatch, users):
        preloaded(monkeypatch, users)

        assert os.environ.get("NODE_OPTIONS") == users

    def test_node_options_are_as_before_where_an_import_fails(self, monkeypatch):
        monkeypatch.setenv("NODE_OPTIONS", "--no-warnings")
        with pytest.raises(ModuleNotFoundError), lazy_bindings():
            raise ModuleNotFoundError

        assert os.environ["NODE_OPTIONS"] == "--no-warnings"

    @pytest.mark.parametrize("name", ["with blanks", 'with "quotes"', "with\\backslash", "it's", "--no-warnings x"])
    def test_node_options_name_the_file_whatever_its_folder_is_called(self, monkeypatch, tmp_path, name):
        folder = tmp_path / name
        folder.mkdir()
        monkeypatch.setattr(module, "_PRELOADED", Path(shutil.copy(PRELOADED, folder)))
        told = node("-p", "Object.keys(require.cache).join()", cwd=tmp_path, options=preloaded(monkeypatch))

        assert told == f"{folder / PRELOADED.name}\n"


class TestTheEntryFile:
    @pytest.fixture
    def entry_file(self, tmp_path):
        """An entry file like that of the bindings; each of its modules tells that it is loaded."""
        return self.package(tmp_path, "@cdktf/provider-aws")

    def package(self, folder, name):
        library = folder / name / "lib"
        for part in ("first", "second", "fourth"):
            (library / part).mkdir(parents=True)
            (library / part / "index.js").write_text(
                f"globalThis.loaded = [...(globalThis.loaded ?? []), '{part}']; exports.name = '{part}';"
            )
        file = library / "index.js"
        file.write_text(ENTRY_FILE)
        return file

    def told(self, monkeypatch, file, expression):
        program = f"const aws = require({json.dumps(str(file))}); const loaded = () => globalThis.loaded ?? [];"
        program += f"console.log(JSON.stringify({expression}))"
        return json.loads(node("-e", program, cwd=file.parent, options=preloaded(monkeypatch)))

    def test_loads_a_module_when_it_is_first_read(self, monkeypatch, entry_file):
        entry_file.write_text(ENTRY_FILE.split("exports.third")[0])
        told = self.told(monkeypatch, entry_file, "[loaded(), aws.second.name, aws.second.name, loaded()]")

        assert told == [[], "second", "second", ["second"]]

    def test_the_entry_file_of_cdk_terrain_loads_a_module_when_it_is_first_read(self, monkeypatch, tmp_path):
        file = self.package(tmp_path, "@cdktn/provider-aws")
        file.write_text(
            "var __importStar = (module) => ({ ...module });\n"
            'exports.first = __importStar(require("./first"));\nexports.second = __importStar(require("./second"));\n'
        )
        told = self.told(monkeypatch, file, "[loaded(), aws.second.name, aws.second === aws.second, loaded()]")

        assert told == [[], "second", True, ["second"]]

    def test_the_entry_file_gives_each_module_again_as_the_same_object(self, monkeypatch, entry_file):
        assert self.told(monkeypatch, entry_file, "[aws.first === aws.first, aws.first === require('./first')]") == [
            True,
            True,
        ]

    def test_the_entry_file_has_the_names_and_values_that_it_has_otherwise(self, monkeypatch, entry_file):
        lazy = self.told(monkeypatch, entry_file, "[Object.keys(aws), aws]")
        monkeypatch.setattr(module, "_PRELOADED", Path(os.devnull))
        eager = self.told(monkeypatch, entry_file, "[Object.keys(aws), aws]")

        assert lazy == eager
        assert lazy[1]["third"] == "first"

    def test_the_entry_file_of_another_kind_loads_what_it_loads_otherwise(self, monkeypatch, entry_file):
        """A newer version of the bindings may be written in any way."""
        entry_file.write_text("for (const name of ['first', 'second']) exports[name] = require(`./${name}`);")

        assert self.told(monkeypatch, entry_file, "[Object.keys(aws), loaded()]") == [["first", "second"]] * 2

    def test_the_entry_file_of_another_package_loads_what_it_loads_otherwise(self, monkeypatch, tmp_path):
        file = self.package(tmp_path, "@cdktf/provider-google")

        assert self.told(monkeypatch, file, "loaded()") == ["first", "second", "fourth"]


class TestStackTraces:
    CAPTURE = """\
Error.stackTraceLimit = Number.MAX_SAFE_INTEGER;
const object = {};
Error.captureStackTrace(object);
exports.lines = object.stack.split("\\n").length;
"""

    def lines(self, monkeypatch, folder, library):
        file = folder / library / "lib" / "tokens" / "private" / "stack-trace.js"
        file.parent.mkdir(parents=True)
        file.write_text(self.CAPTURE)
        program = f"console.log(require({json.dumps(str(file))}).lines)"
        return int(node("-e", program, cwd=folder, options=preloaded(monkeypatch)))

    @pytest.mark.parametrize("library", ["cdktf", "cdktn"])
    def test_the_library_keeps_no_stack_trace_of_what_it_makes(self, monkeypatch, tmp_path, library):
        assert self.lines(monkeypatch, tmp_path, library) == 1

    def test_the_stack_traces_of_others_stay(self, monkeypatch, tmp_path):
        assert self.lines(monkeypatch, tmp_path, "constructs") > 5


INDEX_WORKER = "runtime-index-worker.js"


def test_the_worker_that_jsii_starts_finishes_though_the_program_ends(monkeypatch, tmp_path):
    """Otherwise the index of the package cache is never written by a short run, and every run takes long."""
    (tmp_path / INDEX_WORKER).write_text("require('fs').writeFileSync('index', 'whole')")
    program = f"new (require('worker_threads').Worker)('./{INDEX_WORKER}'); setImmediate(() => process.exit(3))"
    node("-e", program, cwd=tmp_path, options=preloaded(monkeypatch), status=3)

    assert (tmp_path / "index").read_text() == "whole"


def test_that_worker_has_the_name_that_jsii_gives_it():
    program = files("jsii").joinpath("_embedded", "jsii", "lib__program.js")

    assert f'"{INDEX_WORKER}"' in program.read_text(encoding="utf-8")


def test_no_worker_that_the_users_node_options_start_is_waited_for(monkeypatch, tmp_path):
    """Those of module hooks, as of `--import tsx`, never finish; synthesis would take 30 seconds longer."""
    (tmp_path / "own.cjs").write_text(
        "const { isMainThread, Worker } = require('worker_threads');"
        "if (isMainThread) new Worker('setInterval(() => {}, 1000)', { eval: true })"
    )
    report = "process.prependListener('exit', () => { Atomics.wait = () => console.log('waited') });"
    program = f"{report} setImmediate(() => process.exit())"

    assert node("-e", program, cwd=tmp_path, options=preloaded(monkeypatch, "--require ./own.cjs")) == ""
