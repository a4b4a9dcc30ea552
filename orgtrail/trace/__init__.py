"""What would become of an event: which pipeline would take it, and where in the archive it would lie.

Offline, from the accounts file alone. Knows nothing of CDKTF, of AWS's API or of the command line.
"""

from orgtrail.trace.event import Event, NotAnEvent, event_of, instant
from orgtrail.trace.files import Input, Missing, Stream, inputs, opened, plain
from orgtrail.trace.records import Record, Unreadable, records
from orgtrail.trace.verdict import Destination, Tracer, Verdict

__all__ = [
    "Destination",
    "Event",
    "Input",
    "Missing",
    "NotAnEvent",
    "Record",
    "Stream",
    "Tracer",
    "Unreadable",
    "Verdict",
    "event_of",
    "inputs",
    "instant",
    "opened",
    "plain",
    "records",
]
