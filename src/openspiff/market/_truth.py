"""What did the program really add? Counted from both worlds, deal by deal."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from openspiff.market._deals import Deals, Origin
from openspiff.market._effect import Scene
from openspiff.market._types import Whole, Yes


@attrs.frozen(kw_only=True, eq=False)
class Truth:
    """What an effect did to the payees it treated, in deals that stand at the market's end.

    Units are deals of the program's products. `window_units` closed in the window and
    `anyway_units` would have without the program; their difference is `gross_units`.
    `hold_back_units` (zero or less) are missing before the window and
    `pull_forward_units` (zero or less) after it; with the gross they make `net_units`.
    `persistence_units` came after the window on top. `dead_weight_units` of the window
    would have been sold anyway, then or at another time: window less net.
    `cannibalized_units` of substitutes (zero or less) were never sold.
    `incremental_margin_minor` is over all products and weeks; of it `focal_margin_minor`
    is the program's own products. `extra_cancelled_units` and `extra_churned_units` are
    sold in the window and went (by the market's end) because of the program.
    `path_units` is the effect in each week, (weeks,); `by_payee` holds units and margin
    for each treated payee, in the order of `payees` (places).
    """

    treated_count: int
    window_units: int
    anyway_units: int
    gross_units: int
    hold_back_units: int
    pull_forward_units: int
    net_units: int
    persistence_units: int
    dead_weight_units: int
    cannibalized_units: int
    incremental_margin_minor: int
    focal_margin_minor: int
    extra_cancelled_units: int
    extra_churned_units: int
    path_units: Whole = attrs.field(repr=False)
    payees: Whole = attrs.field(repr=False)
    by_payee: Mapping[str, Whole] = attrs.field(repr=False)

    @property
    def dead_weight_share(self) -> float:
        """Dead weight per unit of the window (nan when there is none)."""
        return self.dead_weight_units / self.window_units if self.window_units else np.nan

    @property
    def lift_share(self) -> float:
        """Gross units per unit that would have been there anyway (nan when none)."""
        return self.gross_units / self.anyway_units if self.anyway_units else np.nan


def _sum(payees: Whole, values: Whole, count: int) -> Whole:
    """Return exact sums of whole numbers by payee."""
    found = np.zeros(count, dtype=np.int64)
    np.add.at(found, payees, values)
    return found


def _count(deals: Deals, mask: Yes, scene: Scene) -> Whole:
    return np.bincount(deals.payee[mask], minlength=scene.roster.count)


def _is_inside(scene: Scene, instants: Whole) -> Yes:
    first, end = scene.at(scene.first_day), scene.at(scene.end_day)
    found: Yes = (instants >= first) & (instants < end)
    return found


def _gone(deals: Deals, name: str, ends_at: int) -> int:
    """Count the deals that went in this world but not in the other one."""
    now = getattr(deals, f"{name}_after") < ends_at - deals.closed_at
    anyway = getattr(deals, f"{name}_anyway_after") < ends_at - deals.closed_at
    return int((now & ~anyway).sum())


def count_truth(scene: Scene, everything: Deals) -> Truth:
    """Compare both worlds of the treated payees' deals."""
    deals = everything.take(scene.is_treated[everything.payee])
    calendar, ends_at = scene.calendar, scene.calendar.ends_at
    stands = deals.stands(ends_at)
    stands_anyway = deals.stands(ends_at, is_anyway=True)
    is_focal = scene.is_focal[deals.product]
    inside = is_focal & _is_inside(scene, deals.closed_at)
    inside_anyway = is_focal & _is_inside(scene, deals.closed_anyway_at)
    origin = deals.origin
    window = _count(deals, stands & inside, scene)
    anyway = _count(deals, stands_anyway & inside_anyway, scene)
    held = -_count(deals, stands_anyway & (origin == Origin.HELD), scene)
    pulled = -_count(deals, stands_anyway & (origin == Origin.PULLED), scene)
    net = window - anyway + held + pulled
    weeks = calendar.week_count
    focal_at = calendar.weeks_of(deals.closed_at[stands & is_focal])
    focal_anyway_at = calendar.weeks_of(deals.closed_anyway_at[stands_anyway & is_focal])
    path = np.bincount(focal_at, minlength=weeks) - np.bincount(
        focal_anyway_at, minlength=weeks
    )
    margin = deals.margin_minor() * stands
    margin = margin - deals.margin_minor(is_anyway=True) * stands_anyway
    by_payee = {
        "window_units": window,
        "anyway_units": anyway,
        "gross_units": window - anyway,
        "hold_back_units": held,
        "pull_forward_units": pulled,
        "net_units": net,
        "persistence_units": _count(deals, stands & (origin == Origin.LASTING), scene),
        "incremental_margin_minor": _sum(deals.payee, margin, scene.roster.count),
    }
    payees = np.flatnonzero(scene.is_treated)
    totals = {name: int(values.sum()) for name, values in by_payee.items()}
    touched = deals.take(inside & ~deals.is_lost)
    return Truth(
        treated_count=len(payees),
        dead_weight_units=totals["window_units"] - totals["net_units"],
        cannibalized_units=-int((stands_anyway & (origin == Origin.TAKEN)).sum()),
        focal_margin_minor=int(margin[is_focal].sum()),
        extra_cancelled_units=_gone(touched, "cancelled", ends_at),
        extra_churned_units=_gone(touched, "churned", ends_at),
        path_units=path,
        payees=payees,
        by_payee={name: values[payees] for name, values in by_payee.items()},
        **totals,
    )
