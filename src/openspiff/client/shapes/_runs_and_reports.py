"""Which shapes has the API for runs and reports?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Asked:
    """The job that does what was asked for: see it at /jobs."""

    number: int
    state: str


@attrs.frozen(kw_only=True)
class Library:
    """All launched programs; nothing is taught while too few can be compared."""

    fewest: int
    missing_count: int
    programs: tuple[ShelfLine, ...]
    taught: Taught | None


@attrs.frozen(kw_only=True)
class Link:
    """One link to a report: for whom, until when, and how often it was opened."""

    link_id: int
    measurement_id: int
    note: str
    made_at: int
    made_by: str
    expires_at: int
    is_open: bool
    revoked_at: int | None
    revoked_by: str
    opening_count: int
    opened_at: int | None


@attrs.frozen(kw_only=True)
class LinkGiven:
    """Which measurement is shared with whom, for how many days."""

    measurement_id: int
    note: str
    days: int


@attrs.frozen(kw_only=True)
class LinkList:
    """Every link to reports of a program, the newest first."""

    items: tuple[ListedLink, ...]


@attrs.frozen(kw_only=True)
class ListedLink:
    """One link with the address at which whoever has it reads the report."""

    link_id: int
    measurement_id: int
    note: str
    made_at: int
    made_by: str
    expires_at: int
    is_open: bool
    revoked_at: int | None
    revoked_by: str
    opening_count: int
    opened_at: int | None
    address: str


@attrs.frozen(kw_only=True)
class Measurement:
    """One measurement of a program."""

    program_id: str
    measurement_id: int
    measured_at: int
    measured_by: str
    verdict: str
    numbers_digest: str
    report_written_at: int | None


@attrs.frozen(kw_only=True)
class MeasurementList:
    """Every measurement of a program, the newest first."""

    items: tuple[Measurement, ...]


@attrs.frozen(kw_only=True)
class Moved:
    """What a run would change for one program."""

    program_id: str
    currency: str
    accrual_minor: int
    reversal_minor: int
    clawback_minor: int


@attrs.frozen(kw_only=True)
class Report:
    """The figures of one report, as they were measured."""

    program_id: str
    measurement_id: int
    figures: dict[str, Any]


@attrs.frozen(kw_only=True)
class Run:
    """One run that was booked."""

    run_number: int
    run_id: str
    recorded_at: int
    booked_by: str
    transfer_count: int
    totals: dict[str, Any]


@attrs.frozen(kw_only=True)
class RunGiven:
    """Which run is to be booked: the one that was seen, and no other."""

    run_id: str


@attrs.frozen(kw_only=True)
class RunPreview:
    """What a run would book now; `run_id` names it, to be booked as it was seen."""

    run_id: str
    transfer_count: int
    payee_count: int
    programs: tuple[Moved, ...]


@attrs.frozen(kw_only=True)
class Section:
    """One question and its answer."""

    heading: str
    sentences: tuple[str, ...]
    points: tuple[str, ...]
    tables: tuple[Table, ...]


@attrs.frozen(kw_only=True)
class ShelfLine:
    """One program, and why the library leaves it out; empty: it is in."""

    program_id: str
    name: str
    why_not: str


@attrs.frozen(kw_only=True)
class Table:
    """Rows of texts under a header."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@attrs.frozen(kw_only=True)
class Taught:
    """What the programs teach together, in words and numbers."""

    sentences: tuple[str, ...]
    effects: Table
    sections: tuple[Section, ...]


@attrs.frozen(kw_only=True)
class Verdict:
    """One verdict on record, with what the rule had suggested."""

    verdict_id: int
    measurement_id: int
    verdict: str
    suggested: str
    reasons: str
    deviates_because: str
    decided_by: str
    decided_at: int


@attrs.frozen(kw_only=True)
class VerdictGiven:
    """A verdict on the newest measurement, and what was read before it."""

    measurement_id: int
    after_id: int | None = None
    verdict: str
    reasons: str
    deviates_because: str = ""


@attrs.frozen(kw_only=True)
class VerdictList:
    """Every verdict on a program, the newest first."""

    items: tuple[Verdict, ...]
