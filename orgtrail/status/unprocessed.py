"""Records that Firehose couldn't process: objects below `errors/`, by account, region and kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from botocore.exceptions import ClientError

from orgtrail.contents.listing import Listing
from orgtrail.settings import Archive


@dataclass(frozen=True)
class Unprocessed:
    """The folders of those accounts that have any, by account id; `refusal`: why they may not be listed."""

    listing: Listing
    folders: Mapping[str, Sequence[str]]
    refusal: ClientError | None = None

    @classmethod
    def listed(cls, listing: Listing, archive: Archive) -> "Unprocessed":
        """One listing for all accounts. Raises botocore's errors, but for a refusal."""
        folders: dict[str, list[str]] = {}
        try:
            for root in dict.fromkeys(layout.root for layout in archive.delivery_layouts):
                for folder in listing.folders(f"{root}errors/"):
                    folders.setdefault(folder.split("/")[-2], []).append(folder)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDenied":
                raise
            return cls(listing, {}, error)
        return cls(listing, folders)

    def kinds(self, account_id: str, region: str, now: datetime) -> list[str]:
        """The kinds of which a pipeline has had any since yesterday. Raises botocore's errors."""
        days = ((now - timedelta(days=1)).date(), now.date())
        return [
            kind.split("/")[-2]
            for folder in self.folders.get(account_id, ())
            for kind in self.listing.folders(f"{folder}{region}/")
            if any(self.listing.has_any(f"{kind}{day:%Y/%m/%d}/") for day in days)
        ]
