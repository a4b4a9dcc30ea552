"""What policy documents consist of."""

import json
from typing import Any

Document = dict[str, Any]
Statement = dict[str, Any]


def document(*statements: Statement) -> Document:
    """A policy document of these statements; policy variables need this version of the language."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def size(policy: Document) -> int:
    """The characters of a policy document as Terraform's provider sends it: without spaces."""
    return len(json.dumps(policy, separators=(",", ":")))


def tls_only(action: str, *resources: str) -> Statement:
    """Refuses every request that doesn't come over TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
