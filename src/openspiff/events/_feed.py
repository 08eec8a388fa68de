"""Where do the events lie? A feed is a set of immutable Parquet files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import attrs

from openspiff.errors import OpenSpiffError, Problem


class FeedFileError(OpenSpiffError):
    """Files of the feed that are not where the catalog says; nothing was calculated."""

    code: ClassVar[str] = "feed_file"


@attrs.frozen(kw_only=True)
class Feed:
    """Everything a calculation reads of the world: events, roster, rates.

    `events` are files in the shape of EVENT_COLUMNS, `superseded` in that of
    SUPERSEDED_COLUMNS; rows named there no longer count. `payees` is the roster
    (PAYEE_COLUMNS) and `rates` (RATE_COLUMNS) the exchange rates; without a roster every
    payee of an event counts as known, with the firm the event names and nothing else.
    """

    events: tuple[Path, ...]
    superseded: tuple[Path, ...] = ()
    payees: Path | None = None
    rates: Path | None = None


def require_files(paths: Iterable[Path]) -> None:
    """Raise FeedFileError with every one of these files that is not there.

    A calculation without one of them would be a calculation over other events.
    """
    gone = [path for path in paths if not path.is_file()]
    if gone:
        remedy = "restore it from the backup"
        problems = [Problem(path.name, "the file is gone", remedy) for path in gone]
        folder = gone[0].parent
        message = f"files of the feed are missing in {folder}"
        raise FeedFileError(message, problems)
