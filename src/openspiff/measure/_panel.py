"""What did each payee achieve in each week? Counted in the engine, kept as columns."""

from __future__ import annotations

import hashlib
import math
from importlib.resources import files
from typing import Final

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine, Step, read_step
from openspiff.errors import Problem
from openspiff.events import Feed, open_feed
from openspiff.money import PPM
from openspiff.program import Enrolment, Outcome, Program

from ._calendar import Calendar, Observed, Part, make_calendar
from ._least_squares import Flags, Floats
from ._people import People, people_of
from ._sums import Sums
from ._types import MeasureError

_FOLDER: Final = files("openspiff.measure").joinpath("steps")
_LARGEST_SLOT: Final = 900_000_000
_COLUMNS: Final = {
    Outcome.UNITS: ("units_ppm", 1.0 / PPM),
    Outcome.AMOUNT: ("amount_minor", 1.0),
    Outcome.MARGIN: ("margin_minor", 1.0),
}


@attrs.frozen(kw_only=True, eq=False)
class Panel:
    """Payees (n) by spans (T): outcomes and active weeks, and who stands where.

    An active payee without a sale has a zero; weeks outside the roster have no activity.
    Units are events times the payee's share, amounts and margins minor units of the
    program's currency times that share. `has_margin` tells whether every event says its
    margin, `needs_rate_count` how many could not be converted, `shared_count` how many
    events in the window a treated and a held-out payee share.
    """

    people: People
    calendar: Calendar
    active: Floats
    values: dict[Outcome, Floats]
    has_margin: bool
    needs_rate_count: int
    shared_count: int

    def sums(self, outcome: Outcome, *parts: Part) -> Sums:
        """Return totals and active weeks (n each) over all spans of these parts."""
        return self.sums_of(outcome, self.calendar.where(*parts))

    def sums_of(self, outcome: Outcome, numbers: list[int]) -> Sums:
        """Return totals and active weeks (n each) over the spans of these numbers."""
        return Sums(
            total=self.values[outcome][:, numbers].sum(axis=1),
            weeks=self.active[:, numbers].sum(axis=1),
        )

    def net(self, outcome: Outcome) -> Sums:
        """Return totals from announcement to horizon, per week of the window (n each).

        The rate is what the window gained less what the weeks around it lost, spread over
        the weeks of the window, so it compares with the gross rate.
        """
        sums = self.sums(outcome, "announcement", "window", "horizon")
        days = [span.day_count for span in self.calendar.spans]
        window = sum(days[number] for number in self.calendar.where("window"))
        whole = sum(
            days[number]
            for number in self.calendar.where("announcement", "window", "horizon")
        )
        return Sums(total=sums.total, weeks=sums.weeks * (window / whole))

    def digest(self) -> str:
        """Return a digest of everything the answer is computed from."""
        found = hashlib.sha256()
        spans = [(one.part, one.starts_at, one.ends_at) for one in self.calendar.spans]
        people = self.people
        columns = (people.payee_id, people.firm, people.unit, people.stratum)
        found.update(repr(spans).encode())
        for column in columns:
            found.update("\0".join(column.tolist()).encode())
        for numbers in (people.side, self.active, *self.values.values()):
            found.update(np.ascontiguousarray(numbers).tobytes())
        return f"sha256:{found.hexdigest()}"


def build_panel(
    engine: DuckDBEngine,
    program: Program,
    *,
    feed: Feed,
    enrolment: Enrolment | None,
    as_of: int,
) -> Panel:
    """Count done events of the program's behavior by payee and week, in the engine.

    Kind, products and revenue types decide what is counted; thresholds (amount, margin,
    term, quantity, new customers) and the audience do not, because a deal moved across a
    threshold is no more sales. Events at or after `as_of` (microseconds UTC) and outside
    the payee's time in the roster are left out. Raises MeasureError when there are no
    events, the window has not begun, or an outcome in money lacks an exchange rate.
    """
    open_feed(engine, feed)
    calendar = make_calendar(program, _observed(engine, as_of))
    people = people_of(engine, program, enrolment)
    _load_terms(engine, program, calendar, people, as_of=as_of)
    engine.run(_steps(program))
    cells = engine.arrays("select * from measured_cells")
    shared = engine.query("select count(*) from measured_shared")[0][0]
    place = (cells["payee_no"].astype(np.int64), cells["span_no"].astype(np.int64))
    shape = (people.payee_id.size, len(calendar.spans))
    panel = Panel(
        people=people,
        calendar=calendar,
        active=people.active_weeks(calendar.spans),
        values={
            outcome: _matrix(place, cells[column], shape) * scale
            for outcome, (column, scale) in _COLUMNS.items()
        },
        has_margin=bool(cells["no_margin"].size) and not cells["no_margin"].sum(),
        needs_rate_count=int(cells["needs_rate"].sum()),
        shared_count=int(shared),
    )
    _require_money(program, panel)
    return panel


def _observed(engine: DuckDBEngine, as_of: int) -> Observed:
    engine.load_rows("measured_until", {"as_of": "BIGINT"}, [(as_of,)])
    first_at, last_at = engine.query(
        "select min(e.occurred_at), max(e.occurred_at) from current_events e "
        "cross join measured_until u where e.occurred_at < u.as_of"
    )[0]
    if first_at is None:
        remedy = "import events that occurred before that moment"
        problem = Problem("events", f"none occurred before {as_of}", remedy)
        raise MeasureError("there are no events to measure", [problem])
    return Observed(first_at=first_at, last_at=last_at, as_of=as_of)


def _steps(program: Program) -> list[Step]:
    """Return the steps; a test that every event passes is left out of the text."""
    behavior = program.behavior
    tests = {
        "product_id": behavior.products.ids() is not None,
        "revenue_type": bool(behavior.revenue_types),
    }
    rows = read_step(_FOLDER, "measured_rows", is_stored=False)
    text = rows.sql
    for column, is_needed in tests.items():
        lines = text.splitlines(keepends=True)
        kept = [line for line in lines if is_needed or f"and e.{column} in" not in line]
        text = "".join(kept)
    rest = [read_step(_FOLDER, name) for name in ("measured_cells", "measured_shared")]
    return [attrs.evolve(rows, sql=text), *rest]


def _load_terms(
    engine: DuckDBEngine,
    program: Program,
    calendar: Calendar,
    people: People,
    *,
    as_of: int,
) -> None:
    """Give the steps their small tables: terms, products, revenue types, slots, payees.

    A slot is the longest stretch of time, up to a quarter of an hour, that divides every
    bound of a span, so that an equality joins events to spans.
    """
    bounds = [at for span in calendar.spans for at in (span.starts_at, span.ends_at)]
    size = math.gcd(_LARGEST_SLOT, *bounds)
    slots, numbers = [], []
    for number, span in enumerate(calendar.spans):
        found = np.arange(span.starts_at // size, span.ends_at // size)
        slots.append(found)
        numbers.append(np.full(found.size, number))
    engine.load_arrays(
        "measured_slots",
        {"slot": np.concatenate(slots), "span_no": np.concatenate(numbers)},
    )
    ids = sorted(program.behavior.products.ids() or ())
    types = program.behavior.revenue_types
    engine.load_rows("measured_products", {"product_id": "VARCHAR"}, [(i,) for i in ids])
    engine.load_rows(
        "measured_revenue_types", {"revenue_type": "VARCHAR"}, [(one,) for one in types]
    )
    spells = people.spells
    engine.load_arrays(
        "measured_payees",
        {
            "payee_no": spells.payee,
            "payee_id": people.payee_id[spells.payee],
            "side": people.side[spells.payee],
            "from_at": spells.from_at,
            "before_at": spells.before_at,
        },
    )
    window = calendar.where("window")
    terms = {
        "kind": ("VARCHAR", program.behavior.kind.value),
        "currency": ("VARCHAR", program.currency),
        "as_of": ("BIGINT", as_of),
        "slot_size": ("BIGINT", size),
        "window_from": ("BIGINT", window[0]),
        "window_before": ("BIGINT", window[-1] + 1),
    }
    engine.load_rows(
        "measured_terms",
        {name: kind for name, (kind, _) in terms.items()},
        [tuple(value for _, value in terms.values())],
    )


def _matrix(
    place: tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...],
    column: np.ndarray[tuple[int], np.dtype[np.float64]],
    shape: tuple[int, int],
) -> Floats:
    matrix: Floats = np.zeros(shape)
    filled = np.ma.filled(column, 0) if np.ma.isMaskedArray(column) else column
    matrix[place] = filled.astype(np.float64)
    return matrix


def _require_money(program: Program, panel: Panel) -> None:
    outcome = program.measurement.outcome
    if outcome is Outcome.UNITS:
        return
    if panel.needs_rate_count:
        text = f"{panel.needs_rate_count} events in other currencies have no rate"
        remedy = "import the exchange rates of their dates"
        problem = Problem("rates", text, remedy)
        message = f"{outcome} cannot be added up"
        raise MeasureError(message, [problem])
    if outcome is Outcome.MARGIN and not panel.has_margin:
        remedy = "map a margin column, or measure units"
        problem = Problem("measurement.outcome", "events without a margin", remedy)
        raise MeasureError("margin cannot be added up", [problem])


def require_anything(panel: Panel, outcome: Outcome, sides: Flags) -> None:
    """Raise MeasureError when these payees (n flags) show no event at all."""
    if not panel.values[outcome][sides].any():
        remedy = "check kind, products and revenue types against the events imported"
        problem = Problem("behavior", "no event of it in any week measured", remedy)
        raise MeasureError("there is nothing to measure", [problem])
