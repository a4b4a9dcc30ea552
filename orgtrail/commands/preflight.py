"""`orgtrail preflight`"""

from orgtrail.commands.options import AccountsFile, Exclude, Json, Selectors, Shard
from orgtrail.commands.selecting import selected
from orgtrail.console.display import Display
from orgtrail.console.interrupts import told_on_ctrl_c
from orgtrail.console.output import results_console
from orgtrail.console.startup import load_settings
from orgtrail.preflight.report import document, show, stopping, watched


def preflight(
    selectors: Selectors = None,
    exclude: Exclude = None,
    accounts: AccountsFile = None,
    shard: Shard = None,
    as_json: Json = False,
) -> int:
    """Ask AWS whether the pipelines can be deployed and would deliver: roles, regions, trails, names, quotas, archive.

    Changes nothing. What can't be read is not known, and is told as such.

    Exit status: 0 nothing is wrong, or there are only warnings, 1 something would silence a pipeline, or isn't known.

    Example: bin/orgtrail preflight payments-prod
    """
    settings = load_settings(accounts)
    chosen = [one for one in selected(settings, selectors, exclude, shard).accounts if one.enabled]
    with told_on_ctrl_c("Interrupted: nothing was changed."):
        seen = watched(settings, chosen, Display())
    if as_json:
        print(document(seen, chosen).text())
    else:
        show(results_console(), seen, chosen)
    return 1 if stopping(seen) else 0
