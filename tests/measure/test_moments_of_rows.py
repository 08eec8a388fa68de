"""Do rows of any table give the moments of the paths that they make up?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from cohort_worlds import OUTCOMES, PERIODS, Panel as Paths, make_panel, same_moments

from openspiff.engine import DuckDBEngine
from openspiff.measure import MeasureError
from openspiff.measure._moments import (
    Activity,
    Column,
    Members,
    Moments,
    members_of,
    moments_of_rows,
)


def rows_of(panel: Paths) -> dict[str, np.ndarray]:
    """Return one row for each payee and active period, zeros left out, cut in two."""
    unit, period = np.nonzero(panel.is_active & (panel.y != 0).any(axis=2))
    both = {name: panel.y[unit, period, no] for no, name in enumerate(OUTCOMES)}
    part = np.floor(both["focal"] / 3)
    columns = {
        "unit": np.concatenate([panel.payees[unit]] * 2).astype(object),
        "period_no": np.concatenate([period] * 2),
        "focal": np.concatenate([part, both["focal"] - part]),
        "other": np.concatenate([both["other"], np.zeros(unit.size)]),
    }
    order = np.random.default_rng(0).permutation(2 * unit.size)
    return {name: column[order] for name, column in columns.items()}


def members(panel: Paths, *, has_firms: bool = True) -> Members:
    periods = panel.is_active.T
    return members_of(
        panel.payees,
        first_no=panel.first_no,
        activity=Activity.of_periods(periods, panel.payees.size),
        side=panel.side,
        strata=panel.strata,
        firms=panel.firms if has_firms else None,
    )


def from_rows(
    rows: dict[str, np.ndarray], who: Members, *, block_cells: int = 10_000
) -> Moments:
    with DuckDBEngine(threads=1) as engine:
        engine.load_arrays("sold", rows)
        return moments_of_rows(
            engine,
            "sold",
            members=who,
            outcomes={name: Column(name=name) for name in OUTCOMES},
            periods=PERIODS,
            block_cells=block_cells,
        )


@pytest.mark.parametrize("has_firms", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_rows_of_any_table_give_the_moments_of_their_paths(
    seed: int, has_firms: bool
) -> None:
    panel = make_panel(seed)
    found = from_rows(rows_of(panel), members(panel, has_firms=has_firms))
    same_moments(
        found, panel.moments(has_firms=has_firms)
    )  # whole numbers: to the last bit


@pytest.mark.parametrize("block_cells", [1, 100, 10**6])
def test_size_of_the_blocks_is_irrelevant(block_cells: int) -> None:
    panel = make_panel(3)
    rows, who = rows_of(panel), members(panel)
    one, other = from_rows(rows, who), from_rows(rows, who, block_cells=block_cells)
    same_moments(one, other)
    assert one.data_digest == other.data_digest


def test_activity_of_more_periods_than_a_word_has_bits_is_kept() -> None:
    flags = np.random.default_rng(2).random((3, 150)) < 0.5
    told = flags[[0, 1, 2, 1, 0]]
    found = Activity.of_periods(told.T, 5)
    np.testing.assert_array_equal(found.patterns[found.pattern_no], told)
    assert found.patterns.shape == (3, 150)


def test_rows_of_others_and_of_other_periods_are_left_out() -> None:
    panel = make_panel(1)
    rows = rows_of(panel)
    more = {
        "unit": np.array(["stranger", panel.payees[0], panel.payees[0]], dtype=object),
        "period_no": np.array([1, -1, len(PERIODS)]),
        "focal": np.full(3, 1e6),
        "other": np.full(3, 1e6),
    }
    rows = {name: np.concatenate([column, more[name]]) for name, column in rows.items()}
    same_moments(from_rows(rows, members(panel)), panel.moments())


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_number_that_is_none_is_refused(wrong: float) -> None:
    panel = make_panel(1)
    rows = rows_of(panel)
    rows["other"][5] = wrong
    with pytest.raises(MeasureError, match="cannot be added up") as caught:
        from_rows(rows, members(panel))
    assert all(one.remedy for one in caught.value.problems)


def test_missing_number_is_refused_with_the_name_of_its_outcome() -> None:
    panel = make_panel(1)
    rows = rows_of(panel)
    is_missing = np.arange(rows["other"].size) == 5
    rows["other"] = np.ma.masked_array(rows["other"], is_missing)
    with pytest.raises(MeasureError, match="cannot be added up") as caught:
        from_rows(rows, members(panel))
    assert "other: 1 rows" in str(caught.value.problems[0])


def test_payees_that_cannot_be_sorted_are_refused_with_every_reason() -> None:
    panel = make_panel(1)
    patterns = np.zeros((1, len(PERIODS)), dtype=bool)
    nowhere = attrs.evolve(Activity.always(panel.payees.size, 8), patterns=patterns)
    twice = np.where(panel.payees == "p0001", "p0000", panel.payees)
    with pytest.raises(MeasureError) as caught:
        members_of(twice, first_no=panel.first_no, activity=nowhere)
    assert [one.place for one in caught.value.problems] == ["payees, twice", "is_active"]
    empty = Activity.always(0, 8)
    with pytest.raises(MeasureError) as caught:
        members_of(panel.payees[:0], first_no=panel.first_no[:0], activity=empty)
    assert [one.place for one in caught.value.problems] == ["payees"]
