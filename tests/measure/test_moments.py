"""Do moments hold what the payees held, however the payees are handed in?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from cohort_worlds import OUTCOMES, PERIODS, Panel, make_panel

from openspiff.measure import MeasureError
from openspiff.measure._moments import NEVER, Moments, merged, moments_of


def same(one: Moments, other: Moments) -> None:
    # Sums of whole numbers: equal to the last bit, in whatever order they are added.
    assert one.cohorts == other.cohorts
    for name in ("count", "sums", "products"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.firms is None) == (other.firms is None)
    if one.firms is not None and other.firms is not None:
        for name in ("firm", "cohort_no", "count", "sums"):
            np.testing.assert_array_equal(
                getattr(one.firms, name), getattr(other.firms, name)
            )


def test_moments_are_the_sums_over_the_payees_of_each_cohort() -> None:
    panel = make_panel(1)
    moments = panel.moments()
    assert moments.count.sum() == panel.payees.size
    for number, cohort in enumerate(moments.cohorts):
        first = NEVER if cohort.first_no is None else cohort.first_no
        rows = (panel.first_no == first) & (panel.side == cohort.side)
        rows &= panel.strata == cohort.stratum
        rows &= (panel.is_active == np.array(cohort.is_active)).all(axis=1)
        paths = [
            np.concatenate(
                [np.where(panel.is_active[row], panel.y[row, :, k], 0.0) for k in range(2)]
            )
            for row in np.flatnonzero(rows)
        ]
        assert moments.count[number] == len(paths)
        np.testing.assert_array_equal(moments.sums[number], np.sum(paths, axis=0))
        products = sum(np.outer(path, path) for path in paths)
        np.testing.assert_array_equal(moments.products[number], products)


def test_sums_by_firm_add_up_to_those_of_the_cohort() -> None:
    panel = make_panel(2)
    moments = panel.moments()
    firms = moments.firms
    assert firms is not None
    assert set(firms.firm.tolist()) == set(panel.firms.tolist())
    for number in range(len(moments.cohorts)):
        mine = firms.cohort_no == number
        assert firms.count[mine].sum() == moments.count[number]
        np.testing.assert_array_equal(firms.sums[mine].sum(axis=0), moments.sums[number])
    pairs = list(zip(firms.firm.tolist(), firms.cohort_no.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize("seed", range(5))
def test_order_of_payees_is_irrelevant(seed: int) -> None:
    panel = make_panel(seed)
    order = np.random.default_rng(seed).permutation(panel.payees.size)
    same(panel.moments(), panel.at(order).moments())
    assert panel.moments().data_digest == panel.at(order).moments().data_digest


@pytest.mark.parametrize("seed", range(5))
def test_split_payees_add_up_to_all(seed: int) -> None:
    panel = make_panel(seed)
    first = np.random.default_rng(seed).random(panel.payees.size) < 0.4
    parts = panel.at(first).moments(), panel.at(~first).moments()
    same(merged(*parts), panel.moments())
    same(merged(*reversed(parts)), panel.moments())


def test_data_digest_changes_with_one_sale() -> None:
    panel = make_panel(3)
    y = panel.y.copy()
    y[0, 4, 0] += 1.0
    assert panel.moments().data_digest != attrs.evolve(panel, y=y).moments().data_digest


def test_what_inactive_periods_hold_is_not_looked_at() -> None:
    panel = make_panel(3)
    y = np.where(panel.is_active[:, :, None], panel.y, np.nan)
    same(attrs.evolve(panel, y=y).moments(), panel.moments())


def test_input_is_left_as_it_was() -> None:
    panel, untouched = make_panel(4), make_panel(4)
    panel.moments()
    for name in attrs.fields_dict(Panel):
        np.testing.assert_array_equal(getattr(panel, name), getattr(untouched, name))


def test_combined_outcomes_are_the_moments_of_the_sum() -> None:
    panel = make_panel(5)
    net = panel.y[:, :, 0] + 0.5 * panel.y[:, :, 1]
    direct = attrs.evolve(panel, y=np.stack([net, net], axis=2)).moments()
    found = panel.moments().combined({"focal": 1.0, "other": 0.5}, name="focal")
    wanted = direct.outcome("focal")
    assert found.outcomes == wanted.outcomes
    # Halves are exact in binary, so nothing is rounded.
    same(found, wanted)


def test_strata_add_together() -> None:
    panel = make_panel(6)
    flat = attrs.evolve(panel, strata=np.full(panel.payees.size, ""))
    same(panel.moments().without_strata(), flat.moments())


def test_one_side_is_the_moments_of_its_payees() -> None:
    panel = make_panel(7)
    same(panel.moments().only("treated"), panel.at(panel.side == "treated").moments())


def test_side_and_outcome_that_are_not_there_are_refused() -> None:
    moments = make_panel(8).moments()
    with pytest.raises(MeasureError, match="nobody on that side") as error:
        moments.only("ineligible")
    assert "held_out, treated" in error.value.problems[0].remedy
    with pytest.raises(MeasureError, match="no outcome 'margin'"):
        moments.outcome("margin")


def broken(panel: Panel, what: str) -> Panel:
    y, payees, active = panel.y.copy(), panel.payees.copy(), panel.is_active.copy()
    if what == "appear twice":
        payees[3] = payees[4]
    if what == "active in no period":
        active[5] = False
    if what == "missing":
        y[6, 4, 0] = np.nan
    if what == "infinite":
        y[7, 4, 1] = np.inf
    return attrs.evolve(panel, y=y, payees=payees, is_active=active)


@pytest.mark.parametrize(
    "what", ["appear twice", "active in no period", "missing", "infinite"]
)
def test_unsound_paths_are_refused_with_a_remedy(what: str) -> None:
    with pytest.raises(MeasureError, match=what) as error:
        broken(make_panel(9), what).moments()
    assert len(error.value.problems) == 1
    assert error.value.problems[0].remedy


def test_no_payees_are_refused() -> None:
    with pytest.raises(MeasureError, match="there are none"):
        make_panel(9).at(np.zeros(160, dtype=bool)).moments()


def test_moments_of_other_periods_outcomes_or_versions_cannot_be_added() -> None:
    panel = make_panel(10)
    one = panel.moments()
    for other, place in (
        (attrs.evolve(one, periods=tuple(range(8))), "periods"),
        (one.outcome("focal"), "outcomes"),
        (attrs.evolve(one, content_hash="v2"), "version"),
        (panel.moments(has_firms=False), "sums by firm"),
    ):
        with pytest.raises(MeasureError, match="cannot be added") as error:
            merged(one, other)
        assert [problem.place for problem in error.value.problems] == [place]


def test_sides_are_treated_and_never_where_none_are_named() -> None:
    panel = make_panel(11)
    moments = moments_of(
        panel.y,
        payees=panel.payees,
        outcomes=OUTCOMES,
        periods=PERIODS,
        first_no=panel.first_no,
    )
    assert moments.groups == ((NEVER, "never"), (3, "treated"), (5, "treated"))
