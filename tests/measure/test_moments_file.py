"""Do moments come back from a file as they were, and only from a file of moments?"""

from __future__ import annotations

from pathlib import Path

import attrs
import numpy as np
import pytest
from cohort_worlds import make_panel

from openspiff.engine import DuckDBEngine
from openspiff.measure import MeasureError
from openspiff.measure._moments import Moments, read_moments, write_moments


def stored(moments: Moments, path: Path) -> Moments:
    with DuckDBEngine(threads=1) as engine:
        write_moments(engine, moments, path)
    with DuckDBEngine(threads=1) as engine:
        return read_moments(engine, path)


@pytest.mark.parametrize("has_firms", [True, False])
def test_moments_come_back_equal_to_the_last_bit(tmp_path: Path, has_firms: bool) -> None:
    plain = make_panel(1).moments(has_firms=has_firms)
    moments = attrs.evolve(plain, content_hash="sha256:terms", sums=plain.sums / 3.0)
    found = stored(moments, tmp_path / "moments.parquet")
    for name in ("outcomes", "periods", "cohorts", "content_hash", "data_digest"):
        assert getattr(found, name) == getattr(moments, name)
    for name in ("count", "sums", "products"):
        np.testing.assert_array_equal(getattr(found, name), getattr(moments, name))
    assert (found.firms is None) == (not has_firms)
    if found.firms is not None and moments.firms is not None:
        for name in ("firm", "cohort_no", "count", "sums"):
            np.testing.assert_array_equal(
                getattr(found.firms, name), getattr(moments.firms, name)
            )


def test_combined_moments_come_back_too(tmp_path: Path) -> None:
    moments = make_panel(2).moments().combined({"focal": 0.1, "other": 0.7}, name="mix")
    found = stored(moments, tmp_path / "moments.parquet")
    np.testing.assert_array_equal(found.products, moments.products)


def test_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with (
        DuckDBEngine(threads=1) as engine,
        pytest.raises(MeasureError, match="no file of moments"),
    ):
        read_moments(engine, tmp_path / "gone.parquet")


def test_broken_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "moments.parquet"
    with DuckDBEngine(threads=1) as engine:
        write_moments(engine, make_panel(3).moments(), path)
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(MeasureError, match="no file of moments"):
            read_moments(engine, path)


def test_parquet_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    with DuckDBEngine(threads=1) as engine:
        engine.write_parquet("select 1 as payee_id, 2 as amount_minor", path)
        with pytest.raises(MeasureError, match="no file of moments"):
            read_moments(engine, path)


def test_rows_without_a_head_are_refused(tmp_path: Path) -> None:
    path, headless = tmp_path / "moments.parquet", tmp_path / "headless.parquet"
    with DuckDBEngine(threads=1) as engine:
        write_moments(engine, make_panel(3).moments(), path)
        columns = dict.fromkeys(("part", "cohort_no", "place", "text", "number"), "")
        engine.load_parquet("held", [path], columns)
        engine.write_parquet("select * from held where part <> 'head'", headless)
        with pytest.raises(MeasureError, match="no file of moments"):
            read_moments(engine, headless)


@pytest.mark.parametrize("part", ["count", "sums", "products", "firm_count", "firm_sums"])
def test_changed_number_is_refused(tmp_path: Path, part: str) -> None:
    path, changed = tmp_path / "moments.parquet", tmp_path / "changed.parquet"
    with DuckDBEngine(threads=1) as engine:
        write_moments(engine, make_panel(4).moments(), path)
        columns = dict.fromkeys(("part", "cohort_no", "place", "text", "number"), "")
        engine.load_parquet("held", [path], columns)
        engine.write_parquet(
            "select part, cohort_no, place, text, number + case when "
            f"part = '{part}' and cohort_no = 1 then 1 else 0 end as number from held",
            changed,
        )
        with pytest.raises(MeasureError, match="not those that were sealed"):
            read_moments(engine, changed)
