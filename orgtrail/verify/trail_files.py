"""CloudTrail's history of a day as the files of a trail tell it: without a call into any other account.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from orgtrail.aws import AWS_ERRORS
from orgtrail.contents.listing import Listing
from orgtrail.contents.objects import NotKnown, Objects
from orgtrail.selection.pipelines import Pipeline
from orgtrail.trace import Record, Unreadable
from orgtrail.verify.archived import DAY
from orgtrail.verify.rule import Rule, Taken, Unclear

# AWS names 5 minutes on average, and promises nothing:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
_LATE = timedelta(hours=6)
_NAME = re.compile(r"(?P<account>\d{12})_CloudTrail_(?P<region>[a-z0-9-]+)_\d{8}T\d{4}Z_\w+\.json\.gz")


@dataclass(frozen=True)
class TrailFiles:
    """The files of a trail below a prefix of a bucket (empty, or with a `/` at its end)."""

    listing: Listing
    objects: Objects
    prefix: str
    organization_id: str | None

    @property
    def keeps(self) -> None:
        """For how long: nobody knows."""

    @property
    def late(self) -> timedelta:
        """How long after a day nearly all of its files are there."""
        return _LATE

    @property
    def described(self) -> str:
        """Where the history comes from."""
        return self.objects.name(self.prefix)

    @property
    def calls(self) -> int:
        """How many listings were made."""
        return self.listing.calls

    def judged(self, rule: Rule) -> Iterator[Taken | Unclear]:
        """What a rule takes of its day. Raises NotKnown."""
        pipeline, day = rule.pipeline, rule.day
        try:
            # A file is named after the time of its delivery, and may hold records of any time before:
            # https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
            of_day, of_next_day = self._keys(pipeline, day), self._keys(pipeline, day + DAY)
            was_on = bool(of_day) or self._was_on(pipeline, day)
        except AWS_ERRORS as error:
            raise NotKnown(f"the trail's files can't be listed: {error}") from error
        for key in (*of_day, *of_next_day):
            for one in self.objects.read(key, partial(self._of_file, rule, key)):
                was_on = True
                yield one
        if not was_on:
            raise NotKnown(
                f"{self.described} has no file of this account, region and day, and no digest that shows that the "
                "trail was on"
            )

    def _was_on(self, pipeline: Pipeline, day: date) -> bool:
        """Whether the trail was on that day: then it wrote a digest every hour, even if nothing happened.

        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html
        """
        digests = self._folders(pipeline, "CloudTrail-Digest")
        return any(self.listing.has_any(f"{folder}{day:%Y/%m/%d}/") for folder in digests)

    def _folders(self, pipeline: Pipeline, kind: str = "CloudTrail") -> list[str]:
        """Where the files of an organization's trail are, and those of an account's own."""
        account_id, region = pipeline.place
        organization = [f"{self.organization_id}/"] if self.organization_id else []
        return [f"{self.prefix}AWSLogs/{one}{account_id}/{kind}/{region}/" for one in (*organization, "")]

    def _keys(self, pipeline: Pipeline, day: date) -> list[str]:
        """The files that were delivered on a day."""
        keys = (key for folder in self._folders(pipeline) for key in self.listing.keys(f"{folder}{day:%Y/%m/%d}/"))
        names = ((key, _NAME.fullmatch(key.rpartition("/")[2])) for key in keys)
        return [key for key, name in names if name and (name["account"], name["region"]) == pipeline.place]

    def _of_file(self, rule: Rule, key: str, values: Iterator[Record | Unreadable]) -> list[Taken | Unclear]:
        found = []
        for value in values:
            if isinstance(value, Unreadable):
                raise NotKnown(f"{self.objects.name(key)}, record {value.number}: {value.problem}")
            if judged := rule.judged(value.value):
                found.append(judged)
        return found
