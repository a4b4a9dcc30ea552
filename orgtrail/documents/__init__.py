"""The JSON that commands print and write, as models: the one definition of its shape.

`docs/json/*.schema.json` is made from them (`make docs`). Within a version, fields are only added.
"""

from orgtrail.documents.accounts import AccountsDocument, ListedAccount, SyncChange, SyncDocument
from orgtrail.documents.affected import (
    AffectedDocument,
    AffectedReason,
    AffectedStack,
    ArchiveAffected,
    LeftOut,
    Skipped,
)
from orgtrail.documents.backfill import BackfillDay, BackfillDocument, BackfilledPipeline, BackfillObject
from orgtrail.documents.check import CheckDocument, CheckedAccount, CheckedPipeline
from orgtrail.documents.document import Document, Part
from orgtrail.documents.env import EnvDocument
from orgtrail.documents.orphans import OrphansDocument, OrphanState
from orgtrail.documents.preflight import PreflightDocument, PreflightFinding
from orgtrail.documents.redrive import DeadLetter, LeftLetters, RedriveDocument, RedrivenPipeline
from orgtrail.documents.rehearse import NamedQuery, ProvenPipeline, RehearseDocument
from orgtrail.documents.run import AttributeChange, MergedRunDocument, ResourceChange, RunDocument, RunSummary, StackRun
from orgtrail.documents.status import PipelineFinding, PipelineProbe, PipelineStatus, StatusDocument
from orgtrail.documents.trace import TraceDocument
from orgtrail.documents.verify import VerifiedEvent, VerifiedPipeline, VerifyDocument
from orgtrail.documents.weaker import WeakerEvidence

DOCUMENTS: dict[str, type[Document]] = {
    "check": CheckDocument,
    "diff": RunDocument,
    "deploy": RunDocument,
    "merged-diff": MergedRunDocument,
    "affected": AffectedDocument,
    "status": StatusDocument,
    "verify": VerifyDocument,
    "backfill": BackfillDocument,
    "redrive": RedriveDocument,
    "orphans": OrphansDocument,
    "preflight": PreflightDocument,
    "trace": TraceDocument,
    "rehearse": RehearseDocument,
    "env": EnvDocument,
    "accounts-list": AccountsDocument,
    "accounts-sync": SyncDocument,
}
"""Each document by the name of its schema, which is that of its command wherever it has one."""

__all__ = [
    "DOCUMENTS",
    "AccountsDocument",
    "AffectedDocument",
    "AffectedReason",
    "AffectedStack",
    "ArchiveAffected",
    "AttributeChange",
    "BackfillDay",
    "BackfillDocument",
    "BackfillObject",
    "BackfilledPipeline",
    "CheckDocument",
    "CheckedAccount",
    "CheckedPipeline",
    "DeadLetter",
    "Document",
    "EnvDocument",
    "LeftLetters",
    "LeftOut",
    "ListedAccount",
    "MergedRunDocument",
    "NamedQuery",
    "OrphanState",
    "OrphansDocument",
    "Part",
    "PipelineFinding",
    "PipelineProbe",
    "PipelineStatus",
    "PreflightDocument",
    "PreflightFinding",
    "ProvenPipeline",
    "RedriveDocument",
    "RedrivenPipeline",
    "RehearseDocument",
    "ResourceChange",
    "RunDocument",
    "RunSummary",
    "Skipped",
    "StackRun",
    "StatusDocument",
    "SyncChange",
    "SyncDocument",
    "TraceDocument",
    "VerifiedEvent",
    "VerifiedPipeline",
    "VerifyDocument",
    "WeakerEvidence",
]
