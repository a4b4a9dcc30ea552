"""What makes evidence weaker: events that are deleted sooner, seen by more, or no longer collected.

Two sources tell it: the settings of two revisions (`weaker.settings`), and Terraform's plan (`weaker.plan`). Both say
it in the words of `weaker.kinds`, so that what both tell is told once.
"""

from orgtrail.weaker.kinds import Loss
from orgtrail.weaker.weakening import Weakening, alike, merged

__all__ = ["Loss", "Weakening", "alike", "merged"]
