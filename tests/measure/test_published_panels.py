"""Do the estimators give the published numbers of the county employment panel?"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from openspiff.measure._cohorts import (
    aggregate,
    group_time_effects,
    imputation,
    two_way_effect,
)
from openspiff.measure._moments import NEVER, Moments, moments_of

YEARS = range(2003, 2008)
SCENARIOS = [("mpdta_nev_dr", "never"), ("mpdta_nyt_dr", "not_yet")]
# The references are printed to 15 digits; what is left is rounding.
TOLERANCE = 1e-9


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / "causal" / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def counties(shared_data: Path) -> Moments:
    rows = rows_of(shared_data, "mpdta.csv")
    names = np.unique([row["countyreal"] for row in rows])
    y = np.full((names.size, len(YEARS), 1), np.nan)
    first = np.zeros(names.size, dtype=np.int64)
    for row in rows:
        place = int(np.searchsorted(names, row["countyreal"]))
        y[place, int(row["year"]) - YEARS[0], 0] = float(row["lemp"])
        begun = int(row["first.treat"])
        first[place] = begun - YEARS[0] if begun else NEVER
    return moments_of(y, payees=names, outcomes=("lemp",), periods=YEARS, first_no=first)


@pytest.mark.parametrize(("scenario", "controls"), SCENARIOS)
def test_every_group_time_effect_is_found(
    shared_data: Path, counties: Moments, scenario: str, controls: Any
) -> None:
    rows = [
        row
        for row in rows_of(shared_data, "csdid_ref_attgt.csv")
        if row["scenario"] == scenario
    ]
    found = group_time_effects(counties, controls=controls)
    assert [(int(row["group"]), int(row["t"])) for row in rows] == [
        (YEARS[first], YEARS[at])
        for first, at in zip(found.first_no, found.period_no, strict=True)
    ]
    published = np.array([[float(row["att"]), float(row["se"])] for row in rows])
    ours = np.column_stack([found.values, found.spread.standard_error])
    np.testing.assert_allclose(ours, published, atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize(("scenario", "controls"), SCENARIOS)
@pytest.mark.parametrize("kind", ["simple", "dynamic", "group", "calendar"])
def test_every_aggregate_is_found(
    shared_data: Path, counties: Moments, scenario: str, controls: Any, kind: Any
) -> None:
    rows = [
        row
        for row in rows_of(shared_data, "csdid_ref_aggte.csv")
        if (row["scenario"], row["type"]) == (scenario, kind)
    ]
    found = aggregate(group_time_effects(counties, controls=controls), kind)
    overall = (found.overall.value, found.overall.standard_error)
    published = (float(rows[0]["overall_att"]), float(rows[0]["overall_se"]))
    assert overall == pytest.approx(published, abs=TOLERANCE)
    if kind == "simple":
        return
    labels = [key if kind == "dynamic" else YEARS[key] for key in found.keys]
    assert labels == [int(row["egt"]) for row in rows]
    wanted = np.array([[float(row["att_egt"]), float(row["se_egt"])] for row in rows])
    ours = np.array([[one.value, one.standard_error] for one in found.parts])
    np.testing.assert_allclose(ours, wanted, atol=TOLERANCE, rtol=0)


def test_imputation_is_found(counties: Moments) -> None:
    found = imputation(counties)
    # Published to ten digits.
    assert found.value == pytest.approx(-0.0477099183, abs=1e-8)
    assert found.standard_error == pytest.approx(0.0132224835, abs=1e-8)


def test_two_way_regression_is_found_and_called_a_diagnostic(counties: Moments) -> None:
    found = two_way_effect(counties)
    assert found.value == pytest.approx(-0.03654894, abs=1e-7)  # published to eight digits
    assert [caution.code for caution in found.warnings] == ["diagnostic"]
