"""accounts.yaml in, one Terraform stack per account out; run by the cdktf CLI."""

import sys

from orgtrail.console.errors import exit_in_words
from orgtrail.console.startup import find_provider, load_settings, refuse_full_disk
from orgtrail.settings import Archive, Trail
from orgtrail.terraform.app import Progress, stacks_to_build
from orgtrail.terraform.builds import Shapes
from orgtrail.terraform.lazy_bindings import lazy_bindings

with exit_in_words():
    settings = load_settings(notices=sys.stdout)  # cdktf shows what an app writes to standard error as an error.
    provider = find_provider()
    stacks = stacks_to_build(settings)
    shapes = Shapes(stack.account for stack in stacks if stack.account)
    refuse_full_disk()

# Imported only now: a faulty file is reported at once, without starting Node.
with lazy_bindings():
    from constructs.account_stack import AccountStack
    from constructs.archive_stack import ArchiveStack
    from constructs.bindings import App
    from constructs.stamped_stacks import stamping
    from constructs.trail_stack import TrailStack

app = App()
progress = Progress(len(stacks))
# Makes an AccountStack, from few builds for all accounts that are alike: orgtrail/terraform/shapes.py.
account_stack = stamping(
    app, lambda scope, account: AccountStack(scope, account, settings, provider), shapes, settings, done=progress.step
)
for stack in stacks:
    if isinstance(stack.owner, Archive):
        ArchiveStack(app, settings, provider)
    elif isinstance(stack.owner, Trail):
        TrailStack(app, stack.owner, settings, provider)
    else:
        account_stack(stack.owner)
app.synth()
