"""What is sound of a file, for the rules that look at more than one value."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from orgtrail.regions import iam_region, partition_of
from orgtrail.settings import model, rollout_model, state_model
from orgtrail.settings.faults import REPORTED, Key
from orgtrail.settings.findings import MISSING, Finding, findings_of
from orgtrail.settings.shape import Shape
from orgtrail.settings.source import Source

M = TypeVar("M", bound=Shape)

_MOST_ERRORS = 1000  # ten times what is reported; looking into one takes as long as reading twenty values


@dataclass(frozen=True)
class Part(Generic[M]):
    """A mapping of the file: what is sound of it, and the keys that aren't (ask before you read one)."""

    key: Key
    entry: M
    broken: frozenset[str] = frozenset()

    def has(self, name: str) -> bool:
        """Whether the key is written here, valid or not."""
        return name in self.entry.model_fields_set or name in self.broken


@dataclass(frozen=True)
class Draft:
    """The sound parts of a file; `file` is there when its shape is sound as a whole."""

    partition: str | None
    archive: Part[model.Archive]
    state: Part[state_model.S3State] | None
    defaults: Part[model.Defaults]
    rollout: Part[rollout_model.Rollout]
    accounts: tuple[Part[model.Account], ...]
    file: model.File | None


def draft_of(source: Source) -> tuple[Draft | None, list[Finding], int]:
    """The draft of a file, what is wrong with its shape and with single values, and how much more there is.

    Where there is more, there is no draft: with so much to mend, the rules between values can wait.
    """
    partition = _partition(source)
    try:
        file = model.File.model_validate(source.root.data, context=partition)
    except ValidationError as error:
        errors = _first_errors(error, source, partition)
        untold = error.error_count() - len(errors)
        findings = [finding for one in errors for finding in findings_of(one, source)]
        misspelt = {
            (*finding.key[:-1], finding.problem.suggestion)
            for finding in findings
            if finding.of_key and finding.problem.suggestion
        }
        # A key that is there but misspelt is no missing key.
        findings = [one for one in findings if one.problem.text != MISSING or one.key not in misspelt]
        if untold:
            return None, findings, untold
        return _salvage(source, partition, {finding.key for finding in findings} | misspelt), findings, 0
    return _whole(file, partition), [], 0


def _first_errors(error: ValidationError, source: Source, partition: str | None) -> list[ErrorDetails]:
    """The details of the first errors. For all of them at once, pydantic would need a kilobyte each."""
    data = source.root.data
    if error.error_count() > _MOST_ERRORS and isinstance(data.get("accounts"), list):
        try:
            model.File.model_validate(data | {"accounts": data["accounts"][:_MOST_ERRORS]}, context=partition)
        except ValidationError as of_the_first:
            error = of_the_first if of_the_first.error_count() >= REPORTED else error
    return error.errors(include_url=False)[:_MOST_ERRORS]


def _whole(file: model.File, partition: str | None) -> Draft:
    return Draft(
        partition,
        Part(("archive",), file.archive),
        Part(("state",), file.state) if isinstance(file.state, state_model.S3State) else None,
        Part(("defaults",), file.defaults or model.Defaults()),
        Part(("rollout",), file.rollout or rollout_model.Rollout()),
        tuple(Part(("accounts", i), account) for i, account in enumerate(file.accounts)),
        file,
    )


def _partition(source: Source) -> str | None:
    region = source.node(("archive", "region"))
    return partition_of(region.data) if region is not None and isinstance(region.data, str) else None


def _salvage(source: Source, partition: str | None, unsound: set[Key]) -> Draft:
    broken: dict[Key, set[str]] = {}
    blanks = _blanks(partition)
    for key in unsound:
        depth = 2 if key[0] == "accounts" else 1
        if len(key) > depth:
            broken.setdefault(key[:depth], set()).add(str(key[depth]))

    def part(shape: type[M], key: Key) -> Part[M]:
        node, fields = source.node(key), shape.model_fields.keys()
        data = node.data if node is not None and isinstance(node.data, dict) else {}
        names = set(fields) if key in unsound else broken.get(key, set())
        sound = {name: value for name, value in data.items() if name not in names}
        stand_ins = {name: blank for name, blank in blanks.items() if name in names & fields}
        return Part(key, shape.model_validate(sound | stand_ins, context=partition), frozenset(names))

    backend, entries = source.node(("state", "backend")), source.node(("accounts",))
    count = len(entries.children) if entries is not None and isinstance(entries.children, list) else 0
    return Draft(
        partition,
        part(model.Archive, ("archive",)),
        part(state_model.S3State, ("state",)) if backend is not None and backend.data == "s3" else None,
        part(model.Defaults, ("defaults",)),
        part(rollout_model.Rollout, ("rollout",)),
        tuple(part(model.Account, ("accounts", i)) for i in range(count)),
        None,
    )


def _blanks(partition: str | None) -> dict[str, str]:
    """What stands for a required key that is missing or unsound. No rule reads it: the key counts as broken."""
    return {"account_id": "0" * 12, "name": "blank", "region": iam_region(partition or "aws"), "bucket": "blank"}
