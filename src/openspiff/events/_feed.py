"""Where do the events lie? A feed is a set of immutable Parquet files."""

from __future__ import annotations

from pathlib import Path

import attrs


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
