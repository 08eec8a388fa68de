"""Which customers did payees win, what have they brought since, and have they stayed?"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine, Row, Step
from openspiff.errors import Problem
from openspiff.events import Feed, open_feed
from openspiff.program import Program

from ._cohorts import Sales, discounted_margins
from ._types import Floats, WorthError

_DAY: Final = 86_400_000_000

_FIRST_SALES: Final = """
select f.customer_id, f.payee_id, f.occurred_at, s.is_treated,
  case when f.status = 'cancelled' then f.status_at - f.occurred_at else null end
    as left_after
from (
  select e.customer_id, e.payee_id, e.occurred_at, e.status, e.status_at,
    row_number() over (partition by e.customer_id
      order by e.occurred_at, e.source, e.event_id, e.share_ppm desc, e.payee_id) as place
  from current_events e
  cross join won_terms v
  where e.kind = v.kind and e.status in ('done', 'cancelled') and e.duplicate_of = ''
    and e.customer_id <> '' and e.occurred_at < v.as_of
) f
join won_sides s on s.payee_id = f.payee_id
cross join won_terms v
where f.place = 1 and f.occurred_at >= v.starts_at and f.occurred_at < v.ends_at
"""
"""The customers whose first sale of all fell into the window, by a payee of either side."""

_BROUGHT: Final = """
select e.customer_id, e.occurred_at,
  cast(sum(case when e.margin_minor < 0 then -share_of(-e.margin_minor, e.share_ppm)
    else share_of(e.margin_minor, e.share_ppm) end) as bigint) as margin_minor,
  sum(case when e.margin_minor is null or e.currency <> v.currency then 1 else 0 end)
    as unknown_count
from current_events e
join won_customers w on w.customer_id = e.customer_id
cross join won_terms v
where e.kind = v.kind and e.status = 'done' and e.duplicate_of = ''
  and e.occurred_at < v.as_of
group by e.customer_id, e.source, e.event_id, e.occurred_at
order by e.customer_id, e.source, e.event_id
"""


@attrs.frozen(kw_only=True, eq=False)
class WonCustomers:
    """Customers (n) by their first sale in the window, on two sides, and what came of it.

    `margin_minor` is the discounted margin from the sale to `horizon_days`, which every
    customer has had; None where some event tells no margin in the program's currency.
    `left_after_days` is infinite for whom the first sale still stands.
    """

    sales: Sales
    margin_minor: Floats | None
    left_after_days: Floats
    horizon_days: float

    def known_margin_minor(self) -> Floats:
        """Return the margins (n). Raises WorthError where some event tells none."""
        if self.margin_minor is None:
            remedy = "map a margin column, in the currency of the program"
            problem = Problem("margin", "events of these customers have none", remedy)
            raise WorthError("what a customer brought is not known", [problem])
        return self.margin_minor


def customers_won(
    program: Program,
    *,
    feed: Feed,
    treated: Collection[str],
    others: Collection[str],
    as_of: int,
    discount_ppm: int = 0,
) -> WonCustomers:
    """Return the customers whose first sale of the behavior fell into the window.

    Inside are those of `treated` payees, outside those of `others` (ids), as known at
    `as_of` (microseconds UTC). All are followed equally long: from the sale for as many
    days as have passed since the window ended. Raises WorthError when it has not ended, or
    neither side won anybody.
    """
    window = program.window
    horizon_days = float((as_of - window.ends_at) // _DAY)
    if horizon_days < 1:
        remedy = "ask again some weeks after the window"
        problem = Problem("window", "it ended less than a day ago, or has not", remedy)
        raise WorthError("nobody has been a customer for long enough", [problem])
    with DuckDBEngine() as engine:
        open_feed(engine, feed)
        _load_question(engine, program, treated=treated, others=others, as_of=as_of)
        engine.run([Step(name="won_customers", sql=_FIRST_SALES)])
        found = engine.query("select * from won_customers order by customer_id")
        if not found:
            problem = Problem("customers", "no first sale by a payee of either side")
            raise WorthError("the window won no customer", [problem])
        brought = engine.query(_BROUGHT)
    left_after = [np.inf if row[4] is None else max(row[4], 0) / _DAY for row in found]
    return WonCustomers(
        sales=Sales(
            payee=np.array([row[1] for row in found], dtype=object),
            is_inside=np.array([row[3] for row in found]),
            observed_days=np.array([(as_of - row[2]) / _DAY for row in found]),
        ),
        margin_minor=_margins(found, brought, horizon_days, discount_ppm),
        left_after_days=np.array(left_after),
        horizon_days=horizon_days,
    )


def _load_question(
    engine: DuckDBEngine,
    program: Program,
    *,
    treated: Collection[str],
    others: Collection[str],
    as_of: int,
) -> None:
    """Make the tables `won_terms` (one row: what counts, when) and `won_sides` (payees)."""
    window, kind = program.window, program.behavior.kind.value
    spans = ("starts_at", "ends_at", "as_of")
    columns = {"kind": "VARCHAR", "currency": "VARCHAR", **dict.fromkeys(spans, "BIGINT")}
    terms = (kind, program.currency, window.starts_at, window.ends_at, as_of)
    engine.load_rows("won_terms", columns, [terms])
    sides = {**dict.fromkeys(others, False), **dict.fromkeys(treated, True)}
    engine.load_rows(
        "won_sides", {"payee_id": "VARCHAR", "is_treated": "BOOLEAN"}, [*sides.items()]
    )


def _margins(
    found: list[Row], brought: list[Row], horizon_days: float, discount_ppm: int
) -> Floats | None:
    """Return each customer's margin; None where an event of theirs tells none."""
    number: dict[str, int] = {row[0]: place for place, row in enumerate(found)}
    if any(row[3] for row in brought):
        return None
    owner = np.array([number[row[0]] for row in brought], dtype=np.int64)
    won_at = np.array([row[2] for row in found], dtype=np.int64)
    at = np.array([row[1] for row in brought], dtype=np.int64)
    return discounted_margins(
        owner,
        np.array([row[2] for row in brought], dtype=np.float64),
        np.maximum(at - won_at[owner], 0) / _DAY,
        sale_count=len(found),
        horizon_days=horizon_days,
        discount_ppm=discount_ppm,
    )
