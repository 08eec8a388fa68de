"""Do trusted packages find the numbers that we find on the same panels?

Run by `make peers` in an environment of its own. Prints a table in Markdown and fails when
a number is further from ours than its tolerance. The panel is that of county employment
(Callaway and Sant'Anna 2021) where `../shared/data` lies beside the checkout, else one that
is drawn; California's Proposition 99 comes with the package that is compared on it.

    python tests/peers/compare.py
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import pandas as pd

from openspiff.measure import (
    NEVER,
    Controls,
    Estimate,
    Kind,
    Method,
    Moments,
    aggregate,
    group_time_effects,
    imputation,
    moments_of,
    synthetic_comparison,
    two_way_effect,
)

COUNTIES = Path(__file__).parents[3] / "shared" / "data" / "causal" / "mpdta.csv"
KINDS: Final[tuple[Kind, ...]] = ("simple", "dynamic", "group", "calendar")
CONTROLS: Final[tuple[tuple[Controls, str], ...]] = (
    ("never", "nevertreated"),
    ("not_yet", "notyettreated"),
)

EXACT = 1e-9  # the same formula: only rounding is left
FITTED = 1e-6  # by search, which ends where a step gains too little
ADDED = 1e-8  # dummies solved for at once, in place of means taken off
UNCENTERED = 0.005  # a share of the error: .0014 of it on the drawn panel
# Many mixes fit alike; where the search ends depends on the order of operations.
MIXED = {"synthetic_differences": 0.01, "synthetic_control": 0.15, "differences": 1e-6}


@attrs.frozen
class Line:
    """One number of a peer beside ours."""

    peer: str
    number: str
    ours: float
    theirs: float
    tolerance: float

    @property
    def is_met(self) -> bool:
        """Tell whether the two agree."""
        return abs(self.ours - self.theirs) <= self.tolerance


@attrs.frozen(kw_only=True)
class Both:
    """The same balanced panel for them (one row a unit and period) and for us."""

    name: str
    frame: pd.DataFrame
    moments: Moments


def the_panel() -> Both:
    """Return the counties, else a drawn panel of as many units and years."""
    if COUNTIES.exists():
        frame = pd.read_csv(COUNTIES).rename(
            columns={
                "countyreal": "unit",
                "year": "period",
                "first.treat": "cohort",
                "lemp": "y",
            }
        )
        return _both("counties", frame)
    draw = np.random.default_rng(1)
    count, years = 500, np.arange(2003, 2008)
    cohort = np.array([0, 2004, 2006, 2007])[draw.integers(0, 4, count)]
    unit, period = np.repeat(np.arange(count), years.size), np.tile(years, count)
    level = np.repeat(draw.normal(6.0, 1.0, count), years.size)
    treated = (cohort[unit] > 0) & (period >= cohort[unit])
    y = level + 0.1 * (period - 2003) - 0.04 * treated + draw.normal(0, 0.1, unit.size)
    columns = {"unit": unit, "period": period, "cohort": cohort[unit], "y": y}
    return _both("drawn", pd.DataFrame(columns))


def _both(name: str, frame: pd.DataFrame) -> Both:
    frame = frame[["unit", "period", "cohort", "y"]].sort_values(["unit", "period"])
    for column in ("unit", "period", "cohort"):
        frame[column] = frame[column].astype("int64")
    frame = frame.reset_index(drop=True)
    frame["treated"] = (
        (frame["cohort"] > 0) & (frame["period"] >= frame["cohort"])
    ).astype(float)
    wide = frame.pivot_table(index="unit", columns="period", values="y")
    first = frame.groupby("unit")["cohort"].first().to_numpy()
    moments = moments_of(
        wide.to_numpy()[:, :, None],
        payees=wide.index.to_numpy(),
        outcomes=("y",),
        periods=wide.columns.tolist(),
        first_no=np.where(first > 0, first - wide.columns[0], NEVER),
    )
    return Both(name=name, frame=frame, moments=moments)


def csdid_lines(both: Both) -> Iterator[Line]:
    """Compare every effect of cohort and period, and every average."""
    from csdid.att_gt import ATTgt  # noqa: PLC0415 (a peer may be missing)

    for controls, theirs in CONTROLS:
        asked = ATTgt(
            yname="y",
            tname="period",
            idname="unit",
            gname="cohort",
            data=both.frame,
            control_group=[theirs],
        )
        fit = asked.fit(est_method="reg", bstrap=False)
        ours = group_time_effects(both.moments, controls=controls)
        estimates = ours.estimates(unit="log jobs")
        for place, att in enumerate(fit.results["att"]):
            name = f"{controls}, effect {place + 1}"
            found = float(att), float(fit.results["se"][place])
            yield from _pair("csdid", name, estimates[place], found, EXACT)
        for kind in KINDS:
            overall = aggregate(ours, kind).overall
            told = fit.aggte(kind, bstrap=False, cband=False).atte
            found = float(told["overall_att"]), _number(told["overall_se"])
            yield from _pair("csdid", f"{controls}, {kind}", overall, found, EXACT)


def diff_diff_lines(both: Both) -> Iterator[Line]:
    """Compare the average effect against the never treated, and by imputation."""
    from diff_diff import CallawaySantAnna, ImputationDiD  # noqa: PLC0415 (as above)

    names = {"outcome": "y", "unit": "unit", "time": "period", "first_treat": "cohort"}
    ours = aggregate(group_time_effects(both.moments), "simple").overall
    told = CallawaySantAnna(estimation_method="reg").fit(both.frame, **names)
    found = told.overall_att, told.overall_se
    yield from _pair("diff-diff", "never, simple", ours, found, EXACT)
    told = ImputationDiD().fit(both.frame, **names)
    mine, error = imputation(both.moments), float(told.overall_se)
    yield Line("diff-diff", "imputation", mine.value, float(told.overall_att), ADDED)
    # They leave the mean of a cohort in the residuals of its untreated periods; we take it
    # off, as the published error of the counties does. In a large panel both are the same.
    assert mine.standard_error is not None
    name = "imputation, error"
    yield Line("diff-diff", name, mine.standard_error, error, UNCENTERED * error)


def pyfixest_lines(both: Both) -> Iterator[Line]:
    """Compare the regression on payee and period effects."""
    import pyfixest  # noqa: PLC0415 (as above)

    fit = pyfixest.feols("y ~ treated | unit + period", both.frame, vcov={"CRV1": "unit"})
    found = float(fit.coef()["treated"]), float(fit.se()["treated"])
    yield from _pair("pyfixest", "two-way", two_way_effect(both.moments), found, FITTED)


def statsmodels_lines(both: Both) -> Iterator[Line]:
    """Compare the same regression by least squares, clustered by unit."""
    import statsmodels.api as sm  # noqa: PLC0415 (as above)

    frame = both.frame
    columns = pd.get_dummies(frame["period"], drop_first=True, dtype=float)
    columns.insert(0, "treated", frame["treated"])
    columns.insert(0, "y", frame["y"])
    # Unit effects lie within clusters: their mean is taken off, and they are not counted.
    within = columns - columns.groupby(frame["unit"]).transform("mean")
    fit = sm.OLS(within["y"], sm.add_constant(within.drop(columns="y"))).fit(
        cov_type="cluster", cov_kwds={"groups": frame["unit"]}
    )
    found = float(fit.params["treated"]), float(fit.bse["treated"])
    yield from _pair("statsmodels", "two-way", two_way_effect(both.moments), found, ADDED)


def synthdid_lines(_both: Both) -> Iterator[Line]:
    """Compare synthetic comparisons of California with the other states."""
    import synthdid  # noqa: PLC0415 (as above)

    data = synthdid.panel_matrices(synthdid.load_california_prop99())
    outcome, donor_count, pre_count = np.asarray(data.Y, dtype=float), data.N0, data.T0
    is_treated = np.arange(outcome.shape[0]) >= donor_count
    peers: dict[Method, Callable[..., Any]] = {
        "synthetic_differences": synthdid.synthdid_estimate,
        "synthetic_control": synthdid.sc_estimate,
        "differences": synthdid.did_estimate,
    }
    for method, peer in peers.items():
        ours = synthetic_comparison(outcome, is_treated, pre_count=pre_count, method=method)
        found = _number(peer(data.Y, donor_count, pre_count))
        name = f"Proposition 99, {method.replace('_', ' ')}"
        yield Line("synthdid-py", name, ours.estimate.value, found, MIXED[method])


def _pair(
    peer: str, name: str, ours: Estimate, found: tuple[float, float], tolerance: float
) -> Iterator[Line]:
    yield Line(peer, name, ours.value, float(found[0]), tolerance)
    if ours.standard_error is not None:
        error = float(found[1])
        yield Line(peer, f"{name}, error", ours.standard_error, error, tolerance)


def _number(found: Any) -> float:
    """Return the one number in what a peer returned, however it is wrapped."""
    return float(np.asarray(getattr(found, "estimate", found), dtype=float).reshape(-1)[0])


PEERS = (csdid_lines, diff_diff_lines, pyfixest_lines, statsmodels_lines, synthdid_lines)


def main() -> int:
    """Print the table; fail when a peer is missing or a number differs."""
    warnings.simplefilter("ignore")  # the peers warn of their own dependencies
    both, missing = the_panel(), []
    lines: list[Line] = []
    for peer in PEERS:
        try:
            lines += peer(both)
        except ImportError as error:
            missing.append(f"MISSING a peer: {error}")
    sys.stdout.write("\n".join([*_table(both, lines), *missing, ""]))
    return 1 if missing or not all(one.is_met for one in lines) else 0


def _table(both: Both, lines: list[Line]) -> Iterator[str]:
    yield f"Panel: {both.name}, {both.moments.count.sum():,} units.\n"
    yield "| peer | number | ours | theirs | difference | tolerance | agrees |"
    yield "|---|---|---|---|---|---|---|"
    for one in lines:
        yield (
            f"| {one.peer} | {one.number} | {one.ours:.10f} | {one.theirs:.10f} "
            f"| {abs(one.ours - one.theirs):.1e} | {one.tolerance:g} "
            f"| {'yes' if one.is_met else 'NO'} |"
        )
    yield f"\n{sum(one.is_met for one in lines)} of {len(lines)} numbers agree."


if __name__ == "__main__":
    raise SystemExit(main())
