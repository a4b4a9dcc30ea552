"""What makes evidence weaker: events that are deleted sooner, seen by more, or no longer collected.

It has two sources: the settings of two revisions (`weaker.settings`), and Terraform's plan (`weaker.plan`). Both use
the words of `weaker.kinds`, so that what both find is reported once.
"""

from orgtrail.weaker.kinds import Loss
from orgtrail.weaker.weakening import Weakening, alike, merged

__all__ = ["Loss", "Weakening", "alike", "merged"]
