"""The way from a file to settings."""

import gc
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from heapq import nsmallest
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from orgtrail.settings.accounts_file import (
    AccountsFile,
    Draft,
    Settings,
    broken_rules,
    partition_in,
    resolve,
    salvage,
    whole,
)
from orgtrail.settings.diagnostics import REPORTED, Diagnostic, InvalidSettings
from orgtrail.settings.explain import MISSING, explain
from orgtrail.settings.source import Source, read
from orgtrail.words import shown

_CONTEXT = "CDKTF_CONTEXT_JSON"
_MOST_ERRORS = 1000  # ten times what is reported; looking into one takes as long as reading twenty values


def accounts_file(environ: Mapping[str, str] = os.environ) -> Path:
    """The accounts file: `ORGTRAIL_ACCOUNTS`, else `accounts` in cdktf's context, else accounts.yaml here.

    Raises InvalidSettings where the context can't be read.
    """
    return Path(environ.get("ORGTRAIL_ACCOUNTS") or _in_context(environ.get(_CONTEXT)) or "accounts.yaml")


def _in_context(text: str | None) -> str | None:
    """`accounts` in cdktf's context. Raises InvalidSettings where the context can't be read."""
    problem, line, column, context = f"{_CONTEXT} is not a JSON object", 1, 1, None
    try:
        context = json.loads(text or "{}")
    except json.JSONDecodeError as error:
        problem, line, column = f"{_CONTEXT} is not JSON: {error.msg}", error.lineno, error.colno
    except RecursionError:
        problem = f"{_CONTEXT} is nested too deep"
    accounts = context.get("accounts") if isinstance(context, dict) else None
    if isinstance(context, dict) and isinstance(accounts, str | None):
        return accounts
    if isinstance(context, dict):
        problem = f"accounts in {_CONTEXT} is not text"
    allowed = (
        "what the cdktf CLI sets from cdktf.json, or leave the variable unset and name the file in ORGTRAIL_ACCOUNTS"
    )
    found = Diagnostic(problem, allowed, file="environment", line=line, column=column)
    raise InvalidSettings(Path("environment"), [found])


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Reading thousands of accounts makes a million objects and no garbage; looking for some takes as long again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_no_garbage_collection()
def load(path: Path, raw: bytes | None = None) -> Settings:
    """The settings in a file. Raises InvalidSettings with everything that is wrong, whatever is in the file.

    `raw`: the file's content, instead of reading `path`; faults are still reported under `path`.
    """
    source = read(path, raw)
    partition = partition_in(source.root.data)
    try:
        file = AccountsFile.model_validate(source.root.data, context=partition)
    except ValidationError as error:
        raise _explained(error, source, partition) from None
    found = _broken_rules(whole(file, partition), source)
    if found or source.diagnostics or partition is None:
        raise _invalid(source, found)
    return resolve(path, file, partition)


def invalid(path: Path, found: Iterable[Diagnostic]) -> InvalidSettings:
    """The usual report of what was found wrong with a file after it was loaded, by asking AWS for example."""
    return _invalid(read(path), list(found))


def _explained(error: ValidationError, source: Source, partition: str | None) -> InvalidSettings:
    """The report of a file with invalid values; its valid values may also break rules."""
    errors = _first_errors(error, source, partition)
    untold = error.error_count() - len(errors)
    found = [one for details in errors for one in explain(details, source)]
    misspelt = {(*one.key[:-1], one.suggestion) for one in found if one.of_key and one.suggestion}
    # A misspelt key isn't a missing key.
    found = [one for one in found if one.problem != MISSING or one.key not in misspelt]
    if not untold:  # with so much to mend, the rules can wait
        unsound = {one.key for one in found} | misspelt
        found += _broken_rules(salvage(source.root.data, partition, unsound), source)
    return _invalid(source, found, untold)


def _first_errors(error: ValidationError, source: Source, partition: str | None) -> list[ErrorDetails]:
    """The details of the first errors. For all of them at once, pydantic would need a kilobyte each."""
    data = source.root.data
    if error.error_count() > _MOST_ERRORS and isinstance(data.get("accounts"), list):
        try:
            AccountsFile.model_validate(data | {"accounts": data["accounts"][:_MOST_ERRORS]}, context=partition)
        except ValidationError as of_the_first:
            error = of_the_first if of_the_first.error_count() >= REPORTED else error
    return error.errors(include_url=False)[:_MOST_ERRORS]


def _broken_rules(draft: Draft, source: Source) -> list[Diagnostic]:
    return broken_rules(draft, lambda key: source.place(key)[0])


def _invalid(source: Source, found: list[Diagnostic], untold: int = 0) -> InvalidSettings:
    # What YAML misreads is one fault, whatever it was misread as.
    misread = {(one.line, one.column) for one in source.diagnostics}
    found = [one for one in found if source.place(one.key, of_key=one.of_key) not in misread]
    total = len(source.diagnostics) + len(found) + untold
    first = nsmallest(REPORTED, found, key=lambda one: source.place(one.key, of_key=one.of_key))
    return InvalidSettings(source.path, [*source.diagnostics, *(_located(one, source) for one in first)], total)


def _located(one: Diagnostic, source: Source) -> Diagnostic:
    line, column = source.place(one.key, of_key=one.of_key)
    node = None if one.of_key else source.node(one.key)
    found = None
    if node is not None:
        # In quotes only what YAML reads as text.
        is_text = isinstance(node.data, str)
        found = (shown(node.text) if is_text else node.text[:80]) if node.text else None
        one = one.compared_with(node.data if is_text else "")
    return replace(one, file=str(source.path), line=line, column=column, found=found)
