"""What did the program do to each payee in each week of a drawn panel?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import attrs
import numpy as np

from openspiff.errors import Problem
from openspiff.market._check import MarketError
from openspiff.market._panel_setting import PHASES, PanelSetting
from openspiff.market._types import Real, Whole, Yes

Effect = Literal["gross", "hold_back", "dip", "persistence", "net", "spillover"]
OutcomeName = Literal["focal", "substitutes", "margin"]

_PARTS: Final[tuple[Effect, ...]] = ("gross", "hold_back", "dip", "persistence")
_ROUNDING: Final = 1e-9

_WHERE: Final[Mapping[Effect, tuple[str, ...]]] = {
    "gross": ("window",),
    "hold_back": ("announcement",),
    "dip": ("horizon",),
    "persistence": ("horizon",),
    "net": ("announcement", "window", "horizon"),
    "spillover": ("window",),
}


@attrs.frozen(kw_only=True, eq=False)
class PanelTruth:
    """The expected effect of the program on each payee (n) and week (T).

    `anyway` (n x T) is what each payee would be expected to sell of the focal products
    without the program, talent and shocks known. gross is what the window gains, what was
    held back for it included; hold_back what the announcement weeks lose; dip what the
    horizon loses to the window; persistence what stays in the horizon; net their sum, all
    on the treated. spillover is what the window of the untreated gains from them.
    """

    setting: PanelSetting
    anyway: Real
    row: Whole  # n: the cohort of a treated payee, else cohorts + the payee's firm
    active: Yes  # n x T
    focal: Mapping[Effect, Real]  # rows x T: units added per unit of `anyway`
    taken: Real  # rows x T: substitutes added (below zero) per unit of `anyway`

    @property
    def is_treated(self) -> Yes:
        """Which payees (n) the program is open to."""
        found: Yes = self.row < len(self.setting.starts_after)
        return found

    def phase_of(self, *names: str) -> Yes:
        """Tell which weeks (n x T) are of these phases; the untreated go by cohort 0."""
        table = np.isin(self.setting.phase_table, [PHASES.index(name) for name in names])
        cohort = np.where(self.is_treated, self.row, 0)
        found: Yes = table[cohort]
        return found

    def effect(self, name: Effect, outcome: OutcomeName = "focal") -> Real:
        """Return the expected effect (n x T), 0 where a payee is not active.

        Units of focal products or substitutes, or minor units of margin.
        """
        found: Real = self.anyway * self._shares(name, outcome)[self.row] * self.active
        return found

    def total(self, name: Effect, outcome: OutcomeName = "focal") -> float:
        """Return the expected effect from announcement to horizon, all payees together."""
        inside = self.phase_of(*_WHERE["net"])
        return float((self.effect(name, outcome) * inside).sum())

    def rate(self, name: Effect, outcome: OutcomeName = "focal") -> float:
        """Return the mean effect on those who were treated, per payee and window week.

        Of the treated, over their active weeks; of spillover, of the untreated. Weeks of
        other phases are counted as so many weeks of the window as it is shorter or longer
        than they are, so gross + hold_back + dip + persistence is net where everyone stays.
        Raises MarketError when nobody is there.
        """
        names = _WHERE[name]
        payees = ~self.is_treated if name == "spillover" else self.is_treated
        cells = self.phase_of(*names) & self.active & payees[:, None]
        lengths = [getattr(self.setting, f"{one}_weeks") for one in names]
        weeks = cells.sum() * self.setting.window_weeks / max(sum(lengths), 1)
        if weeks == 0:
            problem = Problem("panel", f"no active payee in the weeks of {name}")
            raise MarketError("there is no effect on nobody", [problem])
        return float((self.effect(name, outcome) * cells).sum() / weeks)

    def expected_rate(self, name: Effect, outcome: OutcomeName = "focal") -> float:
        """Return the mean effect had everyone been treated, per payee and window week.

        Over all payees, at the level of the treated, cohorts weighing alike. This is what a
        comparison by lot estimates: `rate` differs from it by who happened to be treated,
        and errors that allow for that are too large for it.
        Neyman (1923), translated in Statistical Science 5(4), 1990.
        """
        level = np.where(self.is_treated, 1.0, 1.0 / self.setting.untreated_level)
        anyway = level @ self.anyway / level.size
        phases = [PHASES.index(one) for one in _WHERE[name]]
        inside = np.isin(self.setting.phase_table, phases)
        shares = self._shares(name, outcome)[: len(inside)] * inside
        return float((shares @ anyway).mean() / self.setting.window_weeks)

    def _shares(self, name: Effect, outcome: OutcomeName) -> Real:
        parts = _PARTS if name == "net" else (name,)
        focal: Real = np.sum([self.focal[part] for part in parts], axis=0)
        taken = self.taken if "gross" in parts else np.zeros_like(self.taken)
        if outcome == "focal":
            return focal
        if outcome == "substitutes":
            return taken
        margin: Real = (
            self.setting.unit_margin_minor * focal
            + self.setting.substitute_margin_minor * taken
        )
        return margin


def effect_tables(
    setting: PanelSetting, level: Real, treated_count: Whole, firm_size: Whole
) -> tuple[Mapping[Effect, Real], Real]:
    """Return units and substitutes added per unit that would be sold anyway.

    `level` (T) is everyone's, `treated_count` (firms x cohorts) and `firm_size` (firms)
    count payees. Rows are cohorts, then firms (for their untreated). What is moved is
    taken from other weeks such that as many units are expected to go as to come.
    Raises MarketError when more is to be moved or replaced than there is.
    """
    cohorts, weeks = setting.phase_table.shape
    phase = setting.phase_table
    is_before, is_inside, is_later = (
        phase == PHASES.index(name) for name in ("announcement", "window", "horizon")
    )
    room = level * is_inside
    held = setting.hold_back_share * _part(level * is_before, room)
    lift = setting.lift_share * np.array(setting.cohort_lifts)[:, None]
    new = lift * (1 - setting.pull_forward_share)
    moved = (lift - new) * _part(room, level * is_later)
    since = np.arange(weeks) - (is_inside * np.arange(weeks)).max(axis=1)[:, None] - 1
    kept = setting.persistence_share * 0.5 ** (
        np.maximum(since, 0) / setting.half_life_weeks
    )
    felt = setting.spillover_share * (treated_count @ (lift * is_inside))
    focal: dict[Effect, Real] = {
        "gross": (lift + held) * is_inside,
        "hold_back": -setting.hold_back_share * is_before,
        "dip": -moved * is_later,
        "persistence": new * kept * (since >= 0),
    }
    focal = {
        name: np.vstack([table, np.zeros((firm_size.size, weeks))])
        for name, table in focal.items()
    }
    felt = felt / np.maximum(firm_size - 1, 1)[:, None]
    focal["spillover"] = np.vstack([np.zeros((cohorts, weeks)), felt])
    taken = np.zeros((cohorts + firm_size.size, weeks))
    taken[:cohorts] = -setting.cannibalized_share * new * is_inside
    least = float(np.sum(list(focal.values()), axis=0).min(initial=0.0))
    _require_room(setting, least, float(taken.min(initial=0.0)))
    return focal, taken


def _part(top: Real, bottom: Real) -> Real:
    """Return sums of rows as parts of others (rows x 1); 0 where there is no other."""
    sums = bottom.sum(axis=1, keepdims=True)
    found: Real = top.sum(axis=1, keepdims=True) / np.where(sums > 0, sums, np.inf)
    return found


def _require_room(setting: PanelSetting, focal: float, taken: float) -> None:
    problems = []
    if focal < -1 - _ROUNDING:
        message = f"would leave {1 + focal:.2f} of what is sold anyway in some week"
        remedy = "a smaller lift or share, or a longer horizon"
        problems.append(Problem("panel.pull_forward_share", message, remedy))
    if taken < -setting.substitute_ratio - _ROUNDING:
        message = f"takes {-taken:.2f} substitutes of {setting.substitute_ratio:.2f}"
        remedy = "a smaller share, or more substitutes"
        problems.append(Problem("panel.cannibalized_share", message, remedy))
    if problems:
        raise MarketError("the program moves more than there is", problems)
