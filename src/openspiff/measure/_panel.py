"""What did each payee achieve in each week? Counted in the engine, kept as columns."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from importlib.resources import files
from typing import Any, Final

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine, read_step
from openspiff.errors import Problem
from openspiff.events import Feed, open_feed
from openspiff.money import PPM
from openspiff.program import Enrolment, Outcome, Program

from ._calendar import AROUND, Calendar, Observed, Part, make_calendar
from ._dated import Dated, dated_of
from ._error_codes import NotFiniteError, NothingMeasuredError
from ._least_squares import Flags, Floats
from ._people import TREATED, People, people_of
from ._silence import silent_spans
from ._sums import Sums
from ._types import MeasureError

STEPS: Final = files("openspiff.measure").joinpath("steps")
_COUNTS: Final = (
    *("measured_cells", "measured_shared", "measured_history", "measured_lags"),
    "measured_days",
)
_LARGEST_SLOT: Final = 900_000_000

DAY: Final = 86_400_000_000
Place = tuple[np.ndarray[Any, np.dtype[np.int64]], np.ndarray[Any, np.dtype[np.int64]]]
"""The rows and columns of a panel at which the cells stand."""


class Counted(StrEnum):
    """What is counted for each payee and span; the first three are a plan's outcomes.

    SUBSTITUTES are done events of the same behavior that the program does not pay for,
    CANCELLED those that it would have paid for had they not been cancelled since.
    GIVEN_AWAY is the margin that the amounts would have had at the baseline's share of
    margin, less the margin that they had: deeper discounts, or a thinner mix.
    DISCOUNT is what the list prices would have brought at the baseline's depth of discount,
    less the amounts: what was given away by discounts deeper than those of the baseline.
    """

    UNITS = "units"
    AMOUNT = "amount"
    MARGIN = "margin"
    SUBSTITUTES = "substitutes"
    SUBSTITUTE_MARGIN = "substitute margin"
    CANCELLED = "cancelled"
    GIVEN_AWAY = "margin given away"
    DISCOUNT = "deeper discounts"


_COLUMNS: Final[Mapping[Counted, tuple[str, float]]] = {
    Counted.UNITS: ("units_ppm", 1.0 / PPM),
    Counted.AMOUNT: ("amount_minor", 1.0),
    Counted.MARGIN: ("margin_minor", 1.0),
    Counted.SUBSTITUTES: ("substitutes_ppm", 1.0 / PPM),
    Counted.SUBSTITUTE_MARGIN: ("substitute_margin_minor", 1.0),
    Counted.CANCELLED: ("cancelled_ppm", 1.0 / PPM),
}


@attrs.frozen(kw_only=True, eq=False)
class Panel:
    """Payees (n) by spans (T): outcomes and active weeks, and who stands where.

    An active payee without a sale has a zero; weeks outside the roster have no activity.
    Units are events times the payee's share, amounts and margins minor units of the
    program's currency times that share. `no_amount_count` says how many events do not tell
    their amount. `has_margin` tells whether every event says its margin, `has_list_price`
    its list price, `has_substitutes` whether the program pays for
    some products or revenue only,
    `has_substitute_margin` whether every substitute says its margin, `needs_rate_count`
    how many events could not be converted, `shared_count` how many events in the window a
    treated and a held-out payee share. `history_rate` are the units per payee-week of the
    treated in the weeks of the calendar's history, `maturity_share` the share of the
    window's events that is known already, by how late earlier ones became known. `silent`
    are the numbers of the spans that the feed seems to lack.
    """

    people: People
    calendar: Calendar
    active: Floats
    values: Mapping[Counted, Floats]
    history_rate: Floats
    dated: Dated
    maturity_share: float
    has_margin: bool
    has_list_price: bool
    has_substitutes: bool
    has_substitute_margin: bool
    needs_rate_count: int
    no_amount_count: int
    shared_count: int
    silent: tuple[int, ...]

    def sums(self, outcome: Counted | Outcome, *parts: Part) -> Sums:
        """Return totals and active weeks (n each) over all spans of these parts."""
        return self.sums_of(outcome, self.calendar.where(*parts))

    def sums_of(self, outcome: Counted | Outcome, numbers: Sequence[int]) -> Sums:
        """Return totals and active weeks (n each) over the spans of these numbers."""
        return Sums(
            total=self.values[Counted(outcome)][:, numbers].sum(axis=1),
            weeks=self.active[:, numbers].sum(axis=1),
        )

    def net(self, outcome: Counted | Outcome) -> Sums:
        """Return totals from announcement to horizon, per week of the window (n each).

        The rate is what the window gained less what the weeks around it lost, spread over
        the weeks of the window, so it compares with the gross rate.
        """
        return self.per_window_week(outcome, self.calendar.where(*AROUND))

    def per_window_week(self, outcome: Counted | Outcome, numbers: Sequence[int]) -> Sums:
        """Return the totals of some spans from announcement to horizon, on one scale.

        The weeks (n) are the active ones from announcement to horizon, scaled to the
        length of the window, whatever the spans: so the rates of parts add up.
        """
        return Sums(
            total=self.sums_of(outcome, numbers).total,
            weeks=self.sums(outcome, *AROUND).weeks * self.window_share,
        )

    @property
    def margin_outcomes(self) -> tuple[Counted, ...]:
        """Return what adds up to the margin, substitutes included where they tell theirs.

        Empty where an event does not tell its margin, or not in the program's currency.
        """
        if not self.has_margin or self.needs_rate_count:
            return ()
        if self.has_substitutes and self.has_substitute_margin:
            return (Counted.MARGIN, Counted.SUBSTITUTE_MARGIN)
        return (Counted.MARGIN,)

    @property
    def window_share(self) -> float:
        """Return the days of the window over those from announcement to horizon."""
        days = [span.day_count for span in self.calendar.spans]
        window = sum(days[number] for number in self.calendar.where("window"))
        return window / sum(days[number] for number in self.calendar.where(*AROUND))

    def digest(self) -> str:
        """Return a digest of everything the answer is computed from."""
        found = hashlib.sha256()
        spans = [(one.part, one.starts_at, one.ends_at) for one in self.calendar.spans]
        people = self.people
        columns = (people.payee_id, people.firm, people.unit, people.stratum)
        found.update(repr(spans).encode())
        for column in columns:
            found.update("\0".join(column.tolist()).encode())
        for numbers in (
            *(people.side, self.active, self.history_rate),
            *self.values.values(),
        ):
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
    calendar = make_calendar(program, observed_of(engine, as_of))
    people = people_of(engine, program, enrolment)
    load_terms(engine, program, calendar, people, as_of=as_of)
    engine.run([read_step(STEPS, "measured_rows", is_stored=False)])
    engine.run([read_step(STEPS, one) for one in _COUNTS])
    cells = engine.arrays("select * from measured_cells")
    shared = engine.query("select count(*) from measured_shared")[0][0]
    lags = engine.arrays("select lag_days, event_count from measured_lags")
    dated = engine.arrays("select * from measured_days")
    place = (cells["payee_no"].astype(np.int64), cells["span_no"].astype(np.int64))
    shape = (people.payee_id.size, len(calendar.spans))
    panel = Panel(
        people=people,
        calendar=calendar,
        active=people.active_weeks(calendar.spans),
        values=_values(calendar, place, cells, shape),
        history_rate=_history_rate(engine, calendar, people),
        dated=dated_of(dated),
        maturity_share=_maturity(calendar, lags, as_of),
        has_margin=bool(cells["no_margin"].size) and not cells["no_margin"].sum(),
        has_list_price=bool(cells["no_list_price"].size)
        and not cells["no_list_price"].sum(),
        has_substitutes=_pays_for_some_only(program),
        has_substitute_margin=not cells["no_substitute_margin"].sum(),
        needs_rate_count=int(cells["needs_rate"].sum()),
        no_amount_count=int(cells["no_amount"].sum()),
        shared_count=int(shared),
        silent=silent_spans(engine, calendar, place[1]),
    )
    _require_money(program, panel)
    return panel


def _values(
    calendar: Calendar, place: Place, cells: Mapping[str, Any], shape: tuple[int, int]
) -> Mapping[Counted, Floats]:
    """Return what was counted (n x T each); what was given away follows from the rest."""
    values = {
        outcome: _matrix(place, cells[column], shape) * scale
        for outcome, (column, scale) in _COLUMNS.items()
    }
    baseline = calendar.where("baseline")
    amount = values[Counted.AMOUNT][:, baseline].sum()
    share = values[Counted.MARGIN][:, baseline].sum() / amount if amount > 0 else 0.0
    values[Counted.GIVEN_AWAY] = share * values[Counted.AMOUNT] - values[Counted.MARGIN]
    listed = _matrix(place, cells["list_price_minor"], shape)
    at_list = listed[:, baseline].sum()
    kept = amount / at_list if at_list > 0 else 1.0
    values[Counted.DISCOUNT] = kept * listed - values[Counted.AMOUNT]
    return values


def _maturity(calendar: Calendar, lags: Mapping[str, Any], as_of: int) -> float:
    """Return the share of the window's events that is known at `as_of`.

    By how many days after it happened each earlier event became known; every day of the
    window counts alike. 1 where nothing earlier tells.
    """
    days, counts = lags["lag_days"].astype(np.int64), lags["event_count"].astype(np.int64)
    window = [calendar.spans[number] for number in calendar.where("window")]
    ends = np.arange(window[0].starts_at + DAY, window[-1].ends_at + 1, DAY)
    waited = np.maximum((as_of - ends) // DAY, -1)
    if not counts.sum():
        return 1.0
    known = [counts[days <= one].sum() for one in waited.tolist()]
    return float(np.mean(known) / counts.sum())


def _history_rate(engine: DuckDBEngine, calendar: Calendar, people: People) -> Floats:
    """Return the treated's units per payee-week in each week of the history."""
    total = np.zeros(len(calendar.history))
    for number, units_ppm in engine.query(
        "select span_no, units_ppm from measured_history"
    ):
        total[number - len(calendar.spans)] = units_ppm / PPM
    active = people.active_weeks(calendar.history)[people.on(TREATED)].sum(axis=0)
    rate: Floats = total / np.where(active > 0, active, 1.0)
    is_unbroken: Flags = np.cumsum(active[::-1] <= 0)[::-1] == 0
    return np.compress(is_unbroken, rate)


def _pays_for_some_only(program: Program) -> bool:
    behavior = program.behavior
    return behavior.products.ids() is not None or bool(behavior.revenue_types)


def observed_of(engine: DuckDBEngine, as_of: int) -> Observed:
    engine.load_rows("measured_until", {"as_of": "BIGINT"}, [(as_of,)])
    first_at, last_at = engine.query(
        "select min(e.occurred_at), max(e.occurred_at) from current_events e "
        "cross join measured_until u where e.occurred_at < u.as_of"
    )[0]
    if first_at is None:
        remedy = "import events that occurred before that moment"
        problem = Problem("events", f"none occurred before {as_of}", remedy)
        raise NothingMeasuredError("there are no events to measure", [problem])
    return Observed(first_at=first_at, last_at=last_at, as_of=as_of)


def _load_slots(engine: DuckDBEngine, program: Program, calendar: Calendar) -> int:
    """Load which slot of time lies in which span, on which local day; return its size.

    A slot is the longest stretch of time, up to a quarter of an hour, that divides every
    bound of a span, so that an equality joins events to spans.
    """
    spans = (*calendar.spans, *calendar.history)
    bounds = [at for span in spans for at in (span.starts_at, span.ends_at)]
    size = math.gcd(_LARGEST_SLOT, *bounds)
    slots, numbers, days = [], [], []
    for number, span in enumerate(spans):
        found = np.arange(span.starts_at // size, span.ends_at // size)
        midnights = np.array(span.midnights(program.window.zone))
        slots.append(found)
        numbers.append(np.full(found.size, number))
        place = np.searchsorted(midnights, found * size, side="right") - 1
        days.append(span.starts_on.toordinal() + place)
    engine.load_arrays(
        "measured_slots",
        {
            "slot": np.concatenate(slots),
            "span_no": np.concatenate(numbers),
            "day": np.concatenate(days),
        },
    )
    return size


def load_terms(
    engine: DuckDBEngine,
    program: Program,
    calendar: Calendar,
    people: People,
    *,
    as_of: int,
) -> None:
    """Give the steps their small tables: terms, products, revenue types, slots, payees."""
    size = _load_slots(engine, program, calendar)
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
        "any_product": ("BOOLEAN", program.behavior.products.ids() is None),
        "any_revenue_type": ("BOOLEAN", not program.behavior.revenue_types),
        "as_of": ("BIGINT", as_of),
        "slot_size": ("BIGINT", size),
        "window_from": ("BIGINT", window[0]),
        "window_before": ("BIGINT", window[-1] + 1),
        "window_starts_at": ("BIGINT", program.window.starts_at),
        "path_before": ("BIGINT", calendar.path_count),
        "history_from": ("BIGINT", len(calendar.spans)),
    }
    engine.load_rows(
        "measured_terms",
        {name: kind for name, (kind, _) in terms.items()},
        [tuple(value for _, value in terms.values())],
    )


def _matrix(
    place: Place,
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
    if outcome is Outcome.AMOUNT and panel.no_amount_count:
        text = f"{panel.no_amount_count} events do not tell their amount"
        remedy = "map an amount column, or measure units"
        problem = Problem("measurement.outcome", text, remedy)
        raise NotFiniteError("amount cannot be added up", [problem])
    if outcome is Outcome.MARGIN and not panel.has_margin:
        remedy = "map a margin column, or measure units"
        problem = Problem("measurement.outcome", "events without a margin", remedy)
        raise NotFiniteError("margin cannot be added up", [problem])
