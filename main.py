"""accounts.yaml in, one Terraform stack per account out; run by the cdktf CLI."""

import sys

from orgtrail.console.startup import provider_or_exit, refuse_full_disk, settings_or_exit, stacks_to_build

settings = settings_or_exit(notices=sys.stdout)  # cdktf shows what an app writes to standard error as an error.
provider = provider_or_exit()
stacks = stacks_to_build(settings)
refuse_full_disk()

# Imported only now: a faulty file is reported at once, without starting Node.
from cdktf import App  # noqa: E402

from constructs.account_stack import AccountStack  # noqa: E402
from constructs.archive_stack import ArchiveStack  # noqa: E402
from orgtrail.settings import Archive  # noqa: E402

app = App()
for stack in stacks:
    if isinstance(stack.owner, Archive):
        ArchiveStack(app, settings, provider)
    else:
        AccountStack(app, stack.owner, settings, provider)
app.synth()
