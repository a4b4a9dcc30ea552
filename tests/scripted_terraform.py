"""An organization whose Terraform is a script that does as a test tells it.

What Terraform itself does when things go wrong is in tests/rehearsal/test_faults.py.
"""

import json
import stat
import sys
from uuid import uuid4

from typer.testing import CliRunner

from orgtrail.__main__ import application
from orgtrail.commands import deploy as deploy_module
from orgtrail.commands import diff as diff_module
from orgtrail.preflight.before_deploy import Looked
from orgtrail.rollout import retries
from orgtrail.rollout.deploy import Callbacks, Deploy
from orgtrail.rollout.engine import Engine
from orgtrail.rollout.journal import Journal
from orgtrail.rollout.waves import waves_of
from orgtrail.rollout.workspace import Workspace
from orgtrail.selection.stack import stacks_of
from orgtrail.settings import load
from orgtrail.terraform.provider import Provider

# Plans one resource to create; applies it, unless the stack's file `fails` has a line (taken off) with an error.
TERRAFORM = f"""#!{sys.executable}
import json, os, pathlib, sys
here = pathlib.Path.cwd()
command = sys.argv[1]
with open(here / "calls", "a") as calls:
    calls.write(command + "\\n")
fails = here / "fails"
errors = fails.read_text().splitlines() if fails.exists() else []
if errors and errors[0].partition(":")[0] == command:
    fails.write_text("\\n".join(errors[1:]))
    text = errors[0].partition(":")[2].replace("\\\\n", "\\n")
    for line in (here / "completes").read_text().splitlines() if (here / "completes").exists() else ():
        address, action = line.split()
        hook = {{"resource": {{"addr": address}}, "action": action}}
        print(json.dumps({{"type": "apply_complete", "hook": hook}}), flush=True)
    if text == "KILLED":
        os.kill(os.getpid(), 9)
    print(json.dumps({{"type": "diagnostic", "diagnostic": {{"severity": "error", "summary": text}}}}))
    sys.exit(1)
if command == "init":
    made = here / ".terraform"
    made.mkdir(exist_ok=True)
    (made / "terraform.tfstate").write_text((here / "cdk.tf.json").read_text())
    (made / "provider").symlink_to(pathlib.Path(sys.argv[0]).parent / "mirror")
    (here / ".terraform.lock.hcl").write_text("provider")
if command == "plan":
    print(json.dumps({{"type": "change_summary"}}))
if command == "show":
    print((here / "shown").read_text())
if command == "plan" and (here / "planned").exists():
    for change in json.loads((here / "planned").read_text())["resource_changes"]:
        told = {{"resource": {{"addr": change["address"]}}, "action": change["change"]["actions"][0]}}
        print(json.dumps({{"type": "planned_change", "change": told}}))
elif command == "plan" and not (here / "unchanged").exists():
    change = {{"resource": {{"addr": "aws_iam_role.it"}}, "action": "create"}}
    print(json.dumps({{"type": "planned_change", "change": change}}))
"""


ACCOUNTS = """\
organization: {{id: o-a1b2c3d4e5}}
archive: {{account_id: "999999999999", region: us-east-1, bucket: the-archive}}
state: {state}
defaults: {{regions: [us-east-1]}}
rollout: {rollout}
trail: {trail}
accounts:
{accounts}
"""


class World:
    """An organization of so many accounts, `account-1` and on, and a fake Terraform."""

    def __init__(
        self, folder, monkeypatch, count=4, rollout="{parallelism: 2}", state="{backend: local}", trail="null"
    ):
        accounts = folder / "accounts.yaml"
        entries = [f'  - {{account_id: "{number:012}", name: account-{number}}}' for number in range(1, count + 1)]
        accounts.write_text(ACCOUNTS.format(rollout=rollout, state=state, trail=trail, accounts="\n".join(entries)))
        (folder / "mirror").mkdir()
        binary = folder / "terraform"
        binary.write_text(TERRAFORM)
        binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(binary))
        monkeypatch.setattr(retries, "_SECONDS_BEFORE_RETRY", 0)
        self.refused: dict[str, str] = {}
        monkeypatch.setattr(deploy_module, "look_at_new", lambda *_arguments, **_options: Looked("made", self.refused))
        self.settings = load(accounts)
        self.stacks = stacks_of(self.settings)
        self._runs = folder / "runs"
        self.run_again()

    def run_again(self, backend=None, environment=None):
        """A new workspace, as each run has one; `backend` is what its stacks say, `environment` what Terraform gets."""
        self.workspace = Workspace.new(self._runs / str(uuid4()))
        for stack in self.stacks:
            folder = self.workspace.stack(stack.name)
            folder.mkdir(parents=True)
            terraform = {"terraform": {"backend": backend or {"local": {"path": stack.name}}}}
            (folder / "cdk.tf.json").write_text(json.dumps(terraform))
        self.engine = Engine(self.workspace, self.settings, Provider("6.25.0", None), environment or {})
        self.told = []

    def kept(self, stack):
        return self.workspace.init_cache(stack)

    def fails(self, stack, *errors):
        (self.workspace.stack(stack) / "fails").write_text("\n".join(errors))

    def completes(self, stack, *changes):
        """What an apply that fails has completed before, each `ADDRESS ACTION`."""
        (self.workspace.stack(stack) / "completes").write_text("\n".join(changes))

    def unchanged(self, stack):
        (self.workspace.stack(stack) / "unchanged").touch()

    def calls(self, stack):
        return (self.workspace.stack(stack) / "calls").read_text().split()

    def plan(self, *names):
        """The plans of these stacks, of all without any."""
        stacks = [stack for stack in self.stacks if not names or stack.name in names]
        return self.engine.plan_all(stacks, lambda result: None)

    @property
    def waves(self):
        return waves_of(self.settings, self.stacks)

    def deploy(self, *names):
        planned = self.plan(*names)
        journal = Journal(self.workspace.folder)
        journal.begin(self.settings.path, [stack.name for stack in self.stacks])
        callbacks = Callbacks(say=self.told.append, ended=lambda result: None)
        deploy = Deploy(self.engine, self.settings.rollout, self.waves, journal, callbacks)
        return {result.stack: result for result in deploy.run(planned)}


def invoked(it, arguments, tmp_path, monkeypatch, answer=None):
    """`diff` or `deploy`, as on the command line, with the scripted Terraform; all of AWS is as it should be."""
    monkeypatch.chdir(tmp_path)
    for command in (diff_module, deploy_module):
        monkeypatch.setattr(command, "built", lambda *_arguments, **_options: it.engine)
        monkeypatch.setattr(command, "find_provider", lambda: None)
        monkeypatch.setattr(command, "objections", lambda *_arguments: [])
    arguments = [*arguments, "-f", str(it.settings.path)]
    return CliRunner().invoke(application([arguments[0]]), arguments, input=answer)


def statuses(results):
    return {name: result.status for name, result in results.items()}
