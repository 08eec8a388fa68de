"""Do the regressions on payee and period effects equal those run on the payees?"""

from __future__ import annotations

import numpy as np
import pytest
from cohort_worlds import Panel, make_panel

from openspiff.measure import MeasureError
from openspiff.measure._cohorts import (
    aggregate,
    event_study,
    group_time_effects,
    two_way_effect,
)
from openspiff.measure._moments import NEVER, Moments

EXACT = 1e-8  # the dense regression on dummies is itself good to about this


def focal(panel: Panel) -> Moments:
    return panel.moments().outcome("focal")


def dense(panel: Panel, columns: np.ndarray, cluster: np.ndarray) -> tuple[float, float]:
    """Return coefficient 0 and its clustered error, by least squares on all dummies."""
    rows, periods = np.nonzero(panel.is_active)
    payee = (rows[:, None] == np.arange(panel.payees.size)).astype(float)
    period = (periods[:, None] == np.arange(1, panel.y.shape[1])).astype(float)
    x = np.column_stack([columns[rows, periods], period, payee])
    y = panel.y[rows, periods, 0]
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    scores = np.zeros((cluster.max() + 1, x.shape[1]))
    np.add.at(scores, cluster[rows], x * (y - x @ beta)[:, None])
    variance = bread @ scores.T @ scores @ bread
    groups, size = cluster.max() + 1, y.size
    width = columns.shape[2] + panel.y.shape[1]
    factor = groups / (groups - 1) * (size - 1) / (size - width)
    return float(beta[0]), float((variance[0, 0] * factor) ** 0.5)


@pytest.mark.parametrize("clusters", ["payee", "firm"])
@pytest.mark.parametrize("is_uneven", [True, False])
def test_effect_equals_the_regression_on_all_payees(clusters: str, is_uneven: bool) -> None:
    panel = make_panel(1, is_uneven=is_uneven)
    number = np.arange(8)
    treated = (panel.first_no[:, None] != NEVER) & (number >= panel.first_no[:, None])
    names = panel.payees if clusters == "payee" else panel.firms
    cluster = np.unique(names, return_inverse=True)[1]
    wanted = dense(panel, treated[:, :, None].astype(float), cluster)
    found = two_way_effect(focal(panel), clusters=clusters)  # type: ignore[arg-type]
    assert (found.value, found.standard_error) == pytest.approx(wanted, rel=EXACT)
    assert [caution.code for caution in found.warnings] == ["diagnostic"]


def test_saturated_event_study_is_the_universal_base_where_all_are_active() -> None:
    moments = focal(make_panel(2, is_uneven=False))
    study = event_study(moments)
    effects = group_time_effects(moments, base="universal", correction="CR0")
    wanted = aggregate(effects, "dynamic")
    assert study.since == wanted.keys
    np.testing.assert_allclose(study.linear.values, wanted.linear.values, atol=EXACT)


def test_event_study_equals_the_saturated_regression_on_all_payees() -> None:
    panel = make_panel(3, firsts=(NEVER, 4))
    first, number = panel.first_no[:, None], np.arange(8)
    order = [0, 1, 2, 4, 5, 6, 7]
    columns = np.stack([(first == 4) & (number == one) for one in order], axis=2)
    study = event_study(focal(panel))
    assert study.since == (-4, -3, -2, 0, 1, 2, 3)
    everyone = np.arange(panel.payees.size)
    for place in range(7):
        turned = np.roll(columns, -place, axis=2).astype(float)
        wanted = dense(panel, turned, everyone)
        point = study.points[place]
        assert (point.value, point.standard_error) == pytest.approx(wanted, rel=EXACT)


def test_two_way_regression_is_wrong_where_effects_grow_and_others_are_not() -> None:
    # Effects that grow with time since the start and cohorts that start apart: what the
    # diagnostic's caution warns of, on a world without noise that could excuse it.
    panel = make_panel(4, count=300, is_uneven=False, lift=0.0, firsts=(NEVER, 2, 5))
    since = np.arange(8) - panel.first_no[:, None]
    treated = (panel.first_no[:, None] != NEVER) & (since >= 0)
    y = panel.y + (2.0 * (since + 1) * treated)[:, :, None]
    grown = Panel(
        **{
            **{
                name: getattr(panel, name)
                for name in ("payees", "first_no", "side", "strata", "firms", "is_active")
            },
            "y": y,
        }
    )
    truth = (2.0 * (since + 1))[treated].mean()
    honest = aggregate(group_time_effects(focal(grown)), "simple").overall
    naive = two_way_effect(focal(grown))
    assert honest.low is not None
    assert honest.high is not None
    assert honest.low < truth < honest.high
    assert naive.high is not None
    assert naive.high < truth


def test_event_study_without_anybody_untreated_is_refused() -> None:
    panel = make_panel(5, firsts=(2, 4))
    with pytest.raises(MeasureError, match="cannot be told from the periods"):
        event_study(focal(panel))
