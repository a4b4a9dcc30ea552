"""Many accounts' stacks out of few builds: what orgtrail.terraform.builds says, done with CDKTF."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import jsii

from constructs import Construct
from constructs.bindings import App, IStackSynthesizer, ISynthesisSession, Manifest, TerraformStack
from orgtrail.settings import Account, Settings
from orgtrail.terraform.builds import Shapes
from orgtrail.terraform.shapes import Stamp, StandIns, Unfit

Build = Callable[[Construct, Account], object]
Make = Callable[[Account], object]


def stamping(
    app: App, build: Build, shapes: Shapes, settings: Settings, done: Callable[[], object] = lambda: None
) -> Make:
    """Return what makes the stack of an account in `app` as `build` does, byte for byte, but mostly without it.

    `done` is called when most of the work for an account is done. What is returned raises what `build` raises, with a
    note that names the account. Raises TooManyPipelines.
    """
    stamps = _stamps(build, shapes, settings)
    # Ask once: each access is a call to Node.
    manifest, folder = app.manifest, Path(app.outdir)

    def make(account: Account) -> None:
        outline = shapes.outline(account)
        stamp = stamps.get(outline.shape)
        if stamp and stamp.fits(outline):
            stack = TerraformStack(app, account.name)
            stack.synthesizer = _Stamped(stack, manifest, folder, lambda: stamp.fill(outline), done)
            return
        try:
            build(app, account)
        except Exception as error:
            error.add_note(f"This is about the account {account.name} ({account.account_id}).")
            raise
        done()

    return make


@jsii.implements(IStackSynthesizer)
class _Stamped:
    """Writes the stack's text where CDKTF's own synthesizer would put what it makes of constructs."""

    def __init__(
        self,
        stack: TerraformStack,
        manifest: Manifest,
        folder: Path,
        text: Callable[[], str],
        done: Callable[[], object],
    ) -> None:
        self._stack, self._manifest, self._folder, self._text, self._done = stack, manifest, folder, text, done

    @jsii.member(jsii_name="synthesize")
    def synthesize(self, session: ISynthesisSession) -> None:
        """Write the stack's file, and enter the stack in the manifest."""
        file = self._folder / self._manifest.for_stack(self._stack).synthesized_stack_path
        file.parent.mkdir(exist_ok=True)
        # Create the text only now: the texts of thousands of stacks take too much memory.
        file.write_bytes(self._text().encode())
        self._done()


def _stamps(build: Build, shapes: Shapes, settings: Settings) -> dict[str, Stamp]:
    """The stamps, by shape; says which accounts have none, and why. Raises TooManyPipelines."""
    stamps: dict[str, Stamp] = {}
    worth = shapes.worth_a_stamp()
    stand_ins = StandIns(repr(settings)) if worth else None
    for account in worth:
        assert stand_ins is not None
        try:
            probes = stand_ins.probes(account)
            stamp = Stamp.of(probes, (_synthesized(build, probes[0].account), _synthesized(build, probes[1].account)))
            for control in shapes.controls(account, stamp):
                _compare(control, _synthesized(build, control), stamp.fill(shapes.outline(control)))
        except Exception as error:
            # A construct's error is raised again when the account itself is built.
            built = shapes.build_all_like(account, str(error))
            print(f"{account.name} and {built - 1:,} accounts like it are built one by one, which is slower: {error}")
        else:
            shapes.build_misfits(account, stamp)
            stamps[shapes.outline(account).shape] = stamp
    return stamps


def _compare(account: Account, built: str, stamped: str) -> None:
    if built != stamped:
        raise Unfit(f"a construct looks into a text of {account.name} without asking, such as with re.match")


def _synthesized(build: Build, account: Account) -> str:
    """The text of a stack, made in an app of its own.

    Raises Unfit where a stack is more than this text, and what `build` raises.
    """
    with tempfile.TemporaryDirectory() as folder:
        app = App(outdir=folder)
        build(app, account)
        app.synth()
        (entry,) = json.loads(Path(folder, "manifest.json").read_text(encoding="utf-8"))["stacks"].values()
        file = Path(folder, entry["synthesizedStackPath"])
        if entry["annotations"] or entry["dependencies"] or [*file.parent.iterdir()] != [file]:
            raise Unfit("a stack has annotations, dependencies or files besides its text")
        return file.read_text(encoding="utf-8")
