"""The one template that says where in the archive an event lands."""

import re
from dataclasses import dataclass
from functools import cached_property
from string import Formatter

from orgtrail.regions import partitions, regions_of

DEFAULT_LAYOUT = "{account_id}/{region}/{yyyy}/{MM}/{dd}/"

_TIME_PLACEHOLDERS = ("yyyy", "MM", "dd", "HH")
PLACEHOLDERS = ("account_id", "region", *_TIME_PLACEHOLDERS)
_REQUIRED = ("account_id", "region", "yyyy", "MM", "dd")

# https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html: at most 512 characters after evaluation.
_FIREHOSE_PREFIX_LIMIT = 512
_LONGEST_ERROR_OUTPUT_TYPE = "format-conversion-failed"
# A subset of S3's "safe characters" that needs no escape in Firehose, IAM policies or Athena templates.
_LITERAL = re.compile(r"[A-Za-z0-9=_.\-/]*")

Token = tuple[str, str | None]


def _tokens(template: str) -> list[Token]:
    """The template as (literal text, placeholder after it or None). Raises ValueError for unbalanced braces."""
    return [
        # `{account_id:.3}` would cut the id short, so a format or conversion makes it an unknown placeholder.
        (literal, field if not (spec or conversion) else f"{field}{conversion or ''}:{spec or ''}")
        for literal, field, spec, conversion in Formatter().parse(template)
    ]


@dataclass(frozen=True)
class Layout:
    """A valid template; see `problems` for what makes one valid."""

    template: str = DEFAULT_LAYOUT

    @staticmethod
    def problems(template: str) -> list[str]:
        """Every reason why a template can't be a layout, each one a sentence; empty when it can."""
        try:
            tokens = _tokens(template)
        except ValueError as error:
            return [f"its braces don't match ({error}); a placeholder is written {{account_id}}"]
        names = [name for _literal, name in tokens if name is not None]
        unknown = [name for name in names if name not in PLACEHOLDERS]
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
            return [f"{{{name}}} is not a placeholder; known are {known}" for name in unknown]
        problems = [*_placeholder_problems(names), *_text_problems(template, tokens)]
        problems = problems or _projection_problems(template)
        if not problems and (length := Layout(template).longest_evaluated) > _FIREHOSE_PREFIX_LIMIT:
            problems.append(
                f"its prefixes evaluate to up to {length} characters; Firehose allows {_FIREHOSE_PREFIX_LIMIT}"
            )
        return problems

    @cached_property
    def root(self) -> str:
        """The folder that holds every account's events: `` or, say, `iam/`."""
        return self._before_account.rpartition("/")[0] + "/" if "/" in self._before_account else ""

    @property
    def _before_account(self) -> str:
        return self.template.partition("{account_id}")[0]

    @cached_property
    def example(self) -> str:
        """The folder of some hour of some account and region: the same ones for each layout."""
        return self.template.format(account_id="0" * 12, region="us-east-1", yyyy="2000", MM="01", dd="02", HH="03")

    def prefix(self, account_id: str, region: str) -> str:
        """Firehose's `Prefix` for one pipeline, with `!{timestamp:…}` expressions."""
        times = {name: f"!{{timestamp:{name}}}" for name in _TIME_PLACEHOLDERS}
        return self.template.format(account_id=account_id, region=region, **times)

    def error_prefix(self, account_id: str, region: str) -> str:
        """Firehose's `ErrorOutputPrefix` for one pipeline: beside the events, never inside their partitions."""
        when = "!{timestamp:yyyy}/!{timestamp:MM}/!{timestamp:dd}"
        return f"{self.root}errors/{account_id}/{region}/!{{firehose:error-output-type}}/{when}/"

    @cached_property
    def backfill_root(self) -> str:
        """The folder that holds every account's backfilled events: beside the events, as the errors are."""
        return f"{self.root}backfill/"

    @cached_property
    def backfill(self) -> "Layout":
        """Where backfilled events are, in the same folders as the others; no delivery role may write there."""
        return Layout(self.backfill_root + self.template.removeprefix(self.root))

    def key_patterns(self, account: str) -> tuple[str, str]:
        """Object key patterns that cover one account's events and its errors, for a policy's resources.

        `account` is an account id, or `${aws:PrincipalAccount}` for whichever account is calling.
        """
        return f"{self._before_account}{account}/*", f"{self.root}errors/{account}/*"

    def reader_patterns(self, account: str) -> tuple[str, str]:
        """Object key patterns that cover one account's events, delivered and backfilled, but not its errors."""
        return f"{self._before_account}{account}/*", f"{self.backfill._before_account}{account}/*"

    @property
    def partitions(self) -> tuple[str, ...]:
        """What Athena partitions the archive by: `account`, `region`, `day`, and `hour` where the layout has it."""
        return ("account", "region", "day", "hour") if "{HH}" in self.template else ("account", "region", "day")

    @property
    def day_format(self) -> str:
        """The day as it stands in a key, as a Java date format: `yyyy/MM/dd`."""
        return self._day.replace("{", "").replace("}", "")

    @property
    def _day(self) -> str:
        start = self.template.index("{yyyy}")
        return self.template[start : self.template.index("{dd}") + len("{dd}")]

    @property
    def location_template(self) -> str:
        """Where in the bucket a partition is, with a `${…}` for each of `partitions`.

        https://docs.aws.amazon.com/athena/latest/ug/partition-projection-setting-up.html
        """
        template = self.template.replace(self._day, "${day}").replace("{HH}", "${hour}")
        return template.replace("{account_id}", "${account}").replace("{region}", "${region}")

    @property
    def longest_evaluated(self) -> int:
        """Length in characters of the longest prefix that Firehose could evaluate, over all regions."""
        region = max((name for partition in partitions() for name in regions_of(partition)), key=len)
        evaluated = self.template.format(account_id="0" * 12, region=region, yyyy="0000", MM="00", dd="00", HH="00")
        error = f"{self.root}errors/{'0' * 12}/{region}/{_LONGEST_ERROR_OUTPUT_TYPE}/0000/00/00/"
        return max(len(evaluated), len(error))


def _placeholder_problems(names: list[str]) -> list[str]:
    problems = []
    if names[:1] != ["account_id"]:
        problems.append("{account_id} must be its first placeholder: each account may only write under its own prefix")
    missing = [name for name in _REQUIRED if name not in names and name != "account_id"]
    problems += [f"{{{name}}} is missing: the archive is partitioned by it" for name in missing]
    repeated = sorted({name for name in names if names.count(name) > 1})
    problems += [f"{{{name}}} is there more than once" for name in repeated]
    times = [name for name in names if name in _TIME_PLACEHOLDERS]
    if not missing and not repeated and times != sorted(times, key=_TIME_PLACEHOLDERS.index):
        problems.append("{yyyy}, {MM}, {dd} and {HH} must follow each other in this order")
    return problems


def _projection_problems(template: str) -> list[str]:
    """Why Athena couldn't project a layout that is sound otherwise: it reads year, month and day as one date."""
    between = re.sub(r"\{(yyyy|MM|dd)\}", "", Layout(template)._day)
    if re.search(r"[^-/_.]", between):
        return ["between {yyyy}, {MM} and {dd} it may hold only - / _ and . : Athena reads the three as one date"]
    return []


def _text_problems(template: str, tokens: list[Token]) -> list[str]:
    problems = []
    if not template.endswith("/"):
        problems.append("it must end in `/`: Firehose puts the object's name right behind it")
    if template.startswith("/") or "//" in template:
        problems.append("it has an empty folder name (a leading `/`, or `//`)")
    if any(not _LITERAL.fullmatch(literal) for literal, _name in tokens):
        problems.append("between placeholders it may hold only letters, digits and = _ . - /")
    after_account = template.partition("{account_id}")[2]
    if "{account_id}" in template and not after_account.startswith("/"):
        problems.append("{account_id} must be followed by `/`: the bucket policy ends an account's prefix there")
    return problems
