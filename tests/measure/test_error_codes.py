"""Does each kind of bad input get a code of its own, in every room of measure?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from openspiff.engine import DuckDBEngine
from openspiff.measure import (
    NEVER,
    MeasureError,
    Series,
    moments_of,
    own_past,
    read_moments,
    synthetic_comparison,
)

PATHS = np.arange(48.0).reshape(12, 4) % 7


def add_up(paths: np.ndarray, payees: list[str]) -> None:
    moments_of(
        paths[:, :, None],
        payees=np.array(payees),
        first_no=np.full(paths.shape[0], NEVER),
        outcomes=("units",),
        periods=(1, 2, 3, 4),
    )


def names(count: int) -> list[str]:
    return [f"p{one}" for one in range(count)]


def mix(
    paths: np.ndarray, treated: int, *, pre_count: int = 3, twice: bool = False
) -> None:
    units = np.array(["one"] * 2 + names(len(paths) - 2)) if twice else None
    synthetic_comparison(
        paths, np.arange(len(paths)) < treated, pre_count=pre_count, units=units
    )


def foretell(outcome: np.ndarray, *, before: int) -> None:
    own_past(
        Series(outcome=outcome, payee_count=9),
        baseline_before=20,
        window_from=22,
        window_before=before,
    )


def spoiled(paths: np.ndarray) -> np.ndarray:
    wrong = paths.copy()
    wrong[0, 1] = np.inf
    return wrong


WEEKS = np.arange(26.0) % 5
CASES: dict[str, tuple[str, Callable[[], None]]] = {
    "path twice": ("duplicate_unit", lambda: add_up(PATHS, ["p0", *names(11)])),
    "path infinite": ("not_finite", lambda: add_up(spoiled(PATHS), names(12))),
    "no path": ("too_few_units", lambda: add_up(PATHS[:0], [])),
    "path twice and infinite": (
        "measure",
        lambda: add_up(spoiled(PATHS), ["p0", *names(11)]),
    ),
    "mix of nobody": ("one_cohort", lambda: mix(PATHS, 12)),
    "mix for nobody": ("one_cohort", lambda: mix(PATHS, 0)),
    "mix of few": ("too_few_units", lambda: mix(PATHS, 8)),
    "mix without a past": ("no_baseline", lambda: mix(PATHS, 1, pre_count=0)),
    "mix of infinite": ("not_finite", lambda: mix(spoiled(PATHS), 1)),
    "mix of one unit twice": ("duplicate_unit", lambda: mix(PATHS, 1, twice=True)),
    "mix of what stands still": ("no_variation", lambda: mix(np.ones((12, 4)), 1)),
    "window to come": ("window_not_begun", lambda: foretell(WEEKS[:22], before=26)),
    "week without a number": (
        "not_finite",
        lambda: foretell(np.where(WEEKS > 3, np.nan, WEEKS), before=26),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_bad_input_has_its_own_code(name: str) -> None:
    code, call = CASES[name]
    with pytest.raises(MeasureError) as error:
        call()
    assert error.value.code == code
    assert all(problem.remedy for problem in error.value.problems)


def test_file_that_holds_no_moments_has_its_own_code(tmp_path: Path) -> None:
    engine: Any
    with DuckDBEngine() as engine, pytest.raises(MeasureError) as error:
        read_moments(engine, tmp_path / "none.parquet")
    assert error.value.code == "moments_file"
