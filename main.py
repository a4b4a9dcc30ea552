"""accounts.yaml in, one Terraform stack per account out; run by the cdktf CLI."""

from orgtrail.startup import provider_or_exit, settings_or_exit

settings = settings_or_exit()
provider = provider_or_exit()

# Imported only now: a faulty file is reported at once, without starting Node.
from cdktf import App  # noqa: E402

from constructs.account_stack import AccountStack  # noqa: E402
from constructs.archive_stack import ArchiveStack  # noqa: E402

app = App()
ArchiveStack(app, settings, provider)
for account in settings.active:
    AccountStack(app, account, settings, provider)
app.synth()
