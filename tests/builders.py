"""Values that tests start from: sound as they are, so that a test states only what it is about."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema

from orgtrail.paths import REPOSITORY as REPOSITORY
from orgtrail.selection.stack import Stack
from orgtrail.settings import Account, Archive, LocalState, Rollout, S3State, Settings, State, Trail
from orgtrail.settings.account import AccountEntry, Defaults, resolve_account
from orgtrail.settings.archive import ArchiveSection, resolve_archive
from orgtrail.settings.rollout import RolloutSection, resolve_rollout
from orgtrail.settings.trail import TrailSection, resolve_trail
from orgtrail.terraform.provider import Provider

ORGANIZATION_ID = "o-a1b2c3d4e5"
ARCHIVE_ACCOUNT_ID = "222222222222"
ACCOUNT_ID = "333333333333"
OTHER_ACCOUNT_ID = "444444444444"
BUCKET = "acme-iam-events"

PROVIDER_6 = Provider("6.25.0", None)
PROVIDER_5 = Provider("5.100.0", None)

Document = dict[str, Any]


def an_account(account_id: str = ACCOUNT_ID, **changed: Any) -> Account:
    """An account with a pipeline in us-east-1 alone."""
    entry = AccountEntry(account_id=account_id, name="payments", regions="us-east-1", log_retention_days=30)
    return replace(resolve_account(entry, Defaults(), "aws"), **{"written": None, **changed})


def an_archive(**changed: Any) -> Archive:
    """An archive in an account of its own, whose bucket is Orgtrail's to make, without a catalog."""
    section = ArchiveSection(account_id=ARCHIVE_ACCOUNT_ID, region="us-east-1", bucket=BUCKET, catalog=False)
    return replace(resolve_archive(section, Defaults(), "aws"), **changed)


def a_trail(**changed: Any) -> Trail:
    """The organization's trail, made in the account 111111111111, with its bucket beside the archive."""
    section = TrailSection(scope="organization", bucket="acme-cloudtrail", account_id="111111111111")
    return replace(resolve_trail(section, Defaults(), an_archive(), "aws"), **changed)


def an_s3_state(**changed: Any) -> S3State:
    """States in a bucket of the archive account."""
    plain = {"bucket": "acme-terraform-state", "region": "us-east-1", "account_id": ARCHIVE_ACCOUNT_ID}
    return S3State.model_validate({**plain, **changed})


def a_rollout(**changed: Any) -> Rollout:
    """One wave of all accounts, none of which may fail."""
    return replace(resolve_rollout(RolloutSection()), **changed)


def settings(
    *accounts: Account,
    archive: Archive | None = None,
    state: State | None = None,
    partition: str = "aws",
    organization_id: str | None = ORGANIZATION_ID,
    trail: Trail | None = None,
) -> Settings:
    """An organization of these accounts."""
    return Settings(
        path=Path("accounts.yaml"),
        partition=partition,
        organization_id=organization_id,
        archive=archive or an_archive(),
        state=state or LocalState(),
        accounts=accounts,
        rollout=a_rollout(),
        trail=trail,
    )


def accounts_yaml(
    archive: str = "", *, state: str = "backend: local", rest: str = "", accounts: Iterable[str] = ()
) -> str:
    """An accounts file with these keys, each part in YAML's flow style; `rest` are further lines.

    The archive is sound without any. Of `accounts`, the first is 333333333333, the second 444444444444 and so on.
    """
    entries = [f'{{account_id: "{digit * 12}", {keys}}}' for digit, keys in zip("3456789", accounts, strict=False)]
    own = f'account_id: "{ARCHIVE_ACCOUNT_ID}", region: us-east-1, bucket: {BUCKET}'
    return (
        f"archive: {{{', '.join(filter(None, [own, archive]))}}}\nstate: {{{state}}}\n"
        + (f"{rest.rstrip()}\n" if rest else "")
        + ("" if "\naccounts:" in f"\n{rest}" else f"accounts: [{', '.join(entries)}]\n")
    )


# What follows imports cdktf where it is used: starting Node takes seconds, in each worker that collects a module.


def account_stack(account: Account, organization: Settings | None = None, provider: Provider = PROVIDER_6) -> Document:
    """The stack of an account, as Terraform reads it."""
    from constructs.account_stack import AccountStack

    return _synthesize(lambda app: AccountStack(app, account, organization or settings(account), provider))


def archive_stack(organization: Settings | None = None, provider: Provider = PROVIDER_6) -> Document:
    """The archive's stack, as Terraform reads it."""
    from constructs.archive_stack import ArchiveStack

    return _synthesize(lambda app: ArchiveStack(app, organization or settings(an_account()), provider))


def trail_stack(organization: Settings, provider: Provider = PROVIDER_6) -> Document:
    """The stack of the organization's trail, as Terraform reads it."""
    from constructs.trail_stack import TrailStack

    trail = organization.trail
    assert trail is not None
    return _synthesize(lambda app: TrailStack(app, trail, organization, provider))


def backend(state: State, *, account_id: str = ACCOUNT_ID, name: str = "payments") -> Any:
    """What `configure_backend` puts into a stack's `terraform` block."""
    from constructs.bindings import TerraformStack
    from constructs.state_backend import configure_backend

    def build(app: Any) -> Any:
        stack = TerraformStack(app, "stack")
        configure_backend(stack, state, Stack.of(an_account(account_id, name=name), state).state_key)
        return stack

    return _synthesize(build)["terraform"]


def _synthesize(build: Callable[[Any], Any]) -> Document:
    from constructs.bindings import Testing

    document: Document = json.loads(Testing.synth(build(Testing.app())))
    return document


def resources(document: Document, kind: str) -> list[dict[str, Any]]:
    """The resources of a type in a stack, such as `aws_sqs_queue`; none where there is no such type."""
    return list(document.get("resource", {}).get(kind, {}).values())


def the(document: Document, kind: str, **having: Any) -> dict[str, Any]:
    """The one resource of a type that has these values."""
    found = [item for item in resources(document, kind) if having.items() <= item.items()]
    assert len(found) == 1, f"{len(found)} {kind} with {having}"
    return found[0]


def address(document: Document, kind: str, **having: Any) -> str:
    """The address of the one resource of a type that has these values."""
    wanted = the(document, kind, **having)
    return next(f"{kind}.{name}" for name, item in document["resource"][kind].items() if item is wanted)


def reference(document: Document, kind: str, attribute: str, **having: Any) -> str:
    """Terraform's expression for an attribute of the one resource of a type that has these values."""
    return f"${{{address(document, kind, **having)}.{attribute}}}"


def addresses(document: Document) -> list[str]:
    """Every resource's address in Terraform's state, sorted."""
    return sorted(f"{kind}.{name}" for kind, items in document.get("resource", {}).items() for name in items)


def unescaped(text: str) -> str:
    """The text that Terraform makes of a literal in its JSON syntax."""
    assert "${" not in text.replace("$${", ""), f"an expression, not a literal: {text}"
    return text.replace("$${", "${").replace("%%{", "%{")


def policy(text: str) -> Document:
    """A policy document in a resource, as AWS gets it."""
    document: Document = json.loads(unescaped(text))
    return document


def statement(document: Document, sid: str) -> dict[str, Any]:
    """The one statement of a policy document with this Sid."""
    found = [item for item in document["Statement"] if item["Sid"] == sid]
    assert len(found) == 1, f"{len(found)} statements {sid}"
    return dict(found[0])


def valid(name: str, document: Document) -> Document:
    """A document, after it was checked by its schema in docs/json."""
    schema = json.loads((REPOSITORY / "docs" / "json" / f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(document)
    return document
