"""What panel do the tests of cohorts look at? Small, uneven, and known to the payee."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np

from openspiff.measure import NEVER, Moments, moments_of

PERIODS = tuple(range(101, 109))
OUTCOMES = ("focal", "other")


@attrs.frozen(kw_only=True, eq=False)
class Panel:
    """Paths (n x T x K) of payees, with what tells their cohorts apart."""

    y: np.ndarray
    payees: np.ndarray
    first_no: np.ndarray
    side: np.ndarray
    strata: np.ndarray
    firms: np.ndarray
    is_active: np.ndarray

    def at(self, rows: Any) -> Panel:
        """Return the payees of these rows."""
        return Panel(
            **{name: getattr(self, name)[rows] for name in attrs.fields_dict(Panel)}
        )

    def moments(self, *, has_firms: bool = True) -> Moments:
        """Return the moments of both outcomes."""
        return moments_of(
            self.y,
            payees=self.payees,
            outcomes=OUTCOMES,
            periods=PERIODS[: self.y.shape[1]],
            first_no=self.first_no,
            side=self.side,
            strata=self.strata,
            firms=self.firms if has_firms else None,
            is_active=self.is_active,
        )


def make_panel(
    seed: int,
    *,
    count: int = 160,
    firm_count: int = 60,
    is_uneven: bool = True,
    lift: float = 2.0,
    drift: float = 0.0,
    firsts: tuple[int, ...] = (NEVER, 3, 5),
) -> Panel:
    """Return payees of whole-number sales over eight periods.

    Sales of a payee go together over time and within its firm; treated periods gain `lift`,
    and cohorts that come under the program drift by `drift` a period.
    """
    draw = np.random.default_rng(seed)
    size = len(PERIODS)
    firms = np.arange(count) % firm_count
    first = np.asarray(firsts)[draw.permutation(count) % len(firsts)]
    strata = draw.integers(0, 2, count)
    level = (
        draw.gamma(4.0, 2.0, count) + 3.0 * strata + draw.normal(0, 2, firm_count)[firms]
    )
    season = np.linspace(0.0, 3.0, size)
    number = np.arange(size)
    treated = (first[:, None] != NEVER) & (number >= first[:, None])
    mean = level[:, None] + season + lift * treated
    mean = mean + drift * number * (first[:, None] != NEVER)
    noise = draw.normal(0, 2.0, (count, size)).cumsum(axis=1) * 0.5
    noise += draw.normal(0, 1.5, (count, size))
    focal = np.rint(mean + noise)
    other = np.rint(20.0 - 0.5 * focal + draw.normal(0, 2.0, (count, size)))
    active = np.ones((count, size), dtype=bool)
    if is_uneven:
        joins = np.where(draw.random(count) < 0.15, draw.integers(1, 3, count), 0)
        leaves = np.where(draw.random(count) < 0.15, draw.integers(6, 8, count), size)
        active = (number >= joins[:, None]) & (number < leaves[:, None])
    return Panel(
        y=np.stack([focal, other], axis=2),
        payees=np.array([f"p{one:04d}" for one in range(count)]),
        first_no=first,
        side=np.where(first == NEVER, "held_out", "treated"),
        strata=np.array(["east", "west"])[strata],
        firms=np.array([f"f{one:03d}" for one in firms]),
        is_active=active,
    )


def same_moments(one: Moments, other: Moments, *, tolerance: float = 0.0) -> None:
    assert one.outcomes == other.outcomes
    assert one.periods == other.periods
    assert one.cohorts == other.cohorts
    np.testing.assert_array_equal(one.count, other.count)
    for name in ("sums", "products"):
        np.testing.assert_allclose(
            getattr(one, name), getattr(other, name), rtol=tolerance, atol=tolerance
        )
    assert (one.firms is None) == (other.firms is None)
    if one.firms is not None and other.firms is not None:
        for name in ("firm", "cohort_no", "count"):
            np.testing.assert_array_equal(
                getattr(one.firms, name), getattr(other.firms, name)
            )
        np.testing.assert_allclose(
            one.firms.sums, other.firms.sums, rtol=tolerance, atol=tolerance
        )
