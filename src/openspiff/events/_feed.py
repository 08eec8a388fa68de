"""Where do the events lie? A feed is a set of immutable Parquet files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Final

import attrs

from openspiff.errors import OpenSpiffError, Problem

_MAGIC: Final = b"PAR1"
"""What every Parquet file begins and ends with."""


class FeedFileError(OpenSpiffError):
    """Files of the feed that are gone or not whole; nothing was calculated."""

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
    """Raise FeedFileError with every one of these files that is not there, or not whole.

    A calculation without one of them would be a calculation over other events.
    """
    wrong = {path: what for path in paths if (what := _what_is_wrong(path))}
    if wrong:
        remedy = "restore it from the backup"
        problems = [Problem(path.name, what, remedy) for path, what in wrong.items()]
        message = f"files of the feed are missing or broken in {next(iter(wrong)).parent}"
        raise FeedFileError(message, problems)


def _what_is_wrong(path: Path) -> str | None:
    """Say what is wrong with a Parquet file: gone, cut off, or another file altogether."""
    if not path.is_file():
        return "the file is gone"
    with path.open("rb") as file:
        begin = file.read(len(_MAGIC))
        file.seek(max(path.stat().st_size - len(_MAGIC), 0))
        end = file.read()
    return None if begin == end == _MAGIC else "the file is broken, or no Parquet file"
