"""Which stacks come out differently at two revisions, and why; from YAML and git alone.

What a stack depends on is its settings and the code that reads them. Neither Node nor CDKTF is started.
"""

from orgtrail.affected.find import affected, settings_at
from orgtrail.affected.result import Affected, AffectedStack, LeftAccount, Reason

__all__ = ["Affected", "AffectedStack", "LeftAccount", "Reason", "affected", "settings_at"]
