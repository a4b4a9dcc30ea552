"""What Orgtrail does around the constructs: it reads settings, rolls out, traces events and rehearses.

README.md has the map of its rooms.
"""

__version__ = "0.1.0.dev0"
