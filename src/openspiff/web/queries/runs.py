"""What would be booked now, for whom, and what was booked before?"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

import attrs
from django.core.paginator import Paginator
from django.db.models import IntegerField, Value

from openspiff.engine import DuckDBEngine, Progress
from openspiff.run import Run, evaluate
from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees
from openspiff.web.models import PayeeName, PayoutBatch, Run as RunRow

from .books import open_books
from .feed import feed_files
from .programs import held_out, launched_programs

PAGE_SIZE: Final = 30
_SHOWN: Final = 50
_SUMS: Final = ", ".join(
    f"cast(sum(case when kind = '{kind}' then amount_minor else 0 end) as bigint)"
    for kind in ("accrual", "reversal", "clawback")
)


@attrs.frozen(kw_only=True)
class Moved:
    """What a run would change for one program or one payee, in minor units."""

    name: str
    held_id: str
    currency: str
    accrual_minor: int
    reversal_minor: int
    clawback_minor: int

    @property
    def change_minor(self) -> int:
        """What it would be worth more or less afterwards."""
        return self.accrual_minor - self.reversal_minor - self.clawback_minor


@attrs.frozen(kw_only=True)
class RunPreview:
    """What a run would book: its name, and the differences by program and by payee."""

    run_id: str
    transfer_count: int
    programs: tuple[Moved, ...]
    payees: tuple[Moved, ...]
    payee_count: int


@attrs.frozen(kw_only=True)
class BookedRun:
    """One run or payout that was booked, with its sums by currency and kind."""

    run_id: str
    is_payout: bool
    recorded_at: int
    booked_by: str
    transfer_count: int
    totals: dict[str, dict[str, int]]


@attrs.frozen(kw_only=True)
class BookedPage:
    """One page of runs and payouts, the latest first."""

    rows: tuple[BookedRun, ...]
    number: int
    page_count: int


def evaluated(
    viewer: Viewer, engine: DuckDBEngine, *, at: int, progress: Progress | None = None
) -> Run:
    """Return what is due at a moment and not booked yet; nothing is written.

    Raises NotVisibleError for those who do not see all payees, and what `evaluate` raises.
    """
    _refuse_outsiders(viewer)
    return evaluate(
        launched_programs(viewer),
        feed=feed_files(viewer),
        at=at,
        held_out=held_out(viewer),
        load_booked=partial(open_books, viewer),
        engine=engine,
        progress=progress,
    )


def preview_of(viewer: Viewer, run: Run) -> RunPreview:
    """Return the differences of a run by program and, most money first, by payee."""
    _refuse_outsiders(viewer)
    engine = run.transfers.engine
    names = {one.program_id: one.name for one in launched_programs(viewer)}
    programs = engine.query(
        f"select program_id, currency, {_SUMS} from new_transfers"  # noqa: S608
        " group by program_id, currency order by program_id, currency"
    )
    payees = engine.query(
        f"select payee_id, currency, {_SUMS} from new_transfers"  # noqa: S608
        " group by payee_id, currency"
        f" order by sum(amount_minor) desc, payee_id, currency limit {_SHOWN}"
    )
    ids = {row[0] for row in payees}
    people = {row.payee_id: str(row) for row in PayeeName.objects.filter(payee_id__in=ids)}
    return RunPreview(
        run_id=run.run_id,
        transfer_count=run.transfers.count,
        programs=tuple(_moved(row, names) for row in programs),
        payees=tuple(_moved(row, people) for row in payees),
        payee_count=run.transfers.payee_count(),
    )


def booked_runs(viewer: Viewer, *, page: int = 1) -> BookedPage:
    """Return what was booked, runs and payouts, the latest first, a page of 30."""
    _refuse_outsiders(viewer)
    runs = _keys(RunRow.objects, is_payout=False)
    payouts = _keys(PayoutBatch.objects, is_payout=True)
    both = runs.union(payouts, all=True).order_by("-recorded_at", "-last_sequence")
    pages = Paginator(both, PAGE_SIZE)
    shown = pages.get_page(page)
    keys = [(one["pk"], one["is_payout"]) for one in shown]
    found: dict[tuple[int, int], RunRow | PayoutBatch] = {}
    run_ids = [pk for pk, is_payout in keys if not is_payout]
    for run in RunRow.objects.select_related("booked_by").filter(pk__in=run_ids):
        found[run.pk, 0] = run
    payout_ids = [pk for pk, is_payout in keys if is_payout]
    for paid in PayoutBatch.objects.select_related("paid_by").filter(pk__in=payout_ids):
        found[paid.pk, 1] = paid
    return BookedPage(
        rows=tuple(_booked(found[key]) for key in keys),
        number=shown.number,
        page_count=pages.num_pages,
    )


def _keys(rows: Any, *, is_payout: bool) -> Any:
    kind = Value(int(is_payout), output_field=IntegerField())
    fields = ("pk", "recorded_at", "last_sequence")
    return rows.annotate(is_payout=kind).values(*fields, "is_payout").order_by()


def _refuse_outsiders(viewer: Viewer) -> None:
    if not sees_all_payees(viewer):
        raise NotVisibleError("no such runs")


def _moved(row: Any, names: dict[str, str]) -> Moved:
    held_id, currency, accrual, reversal, clawback = row
    return Moved(
        name=names.get(held_id, held_id),
        held_id=held_id,
        currency=currency,
        accrual_minor=accrual,
        reversal_minor=reversal,
        clawback_minor=clawback,
    )


def _booked(row: RunRow | PayoutBatch) -> BookedRun:
    by = row.booked_by if isinstance(row, RunRow) else row.paid_by
    return BookedRun(
        run_id=row.run_id,
        is_payout=isinstance(row, PayoutBatch),
        recorded_at=row.recorded_at,
        booked_by=str(by),
        transfer_count=row.last_sequence - row.after_sequence,
        totals=row.totals,
    )
