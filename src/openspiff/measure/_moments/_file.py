"""Can the moments be put away and read again, so that a report can be made without data?

One Parquet file of rows (part, cohort_no, place, firm, number): the head is one row of
JSON, products keep their upper triangle, and a digest in the head seals the rest.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np

from openspiff.engine import DuckDBEngine, EngineError
from openspiff.errors import Problem
from openspiff.measure._error_codes import MomentsFileError
from openspiff.measure._moments._record import Cohort, FirmSums, Moments
from openspiff.measure._types import MeasureError

_FORMAT: Final = "openspiff moments 1"
_TABLE: Final = "moments_rows"
_COLUMNS: Final = {
    "part": "VARCHAR",
    "cohort_no": "BIGINT",
    "place": "BIGINT",
    "text": "VARCHAR",
    "number": "DOUBLE",
}

_Column = np.ndarray[Any, Any]


def write_moments(engine: DuckDBEngine, moments: Moments, path: Path) -> None:
    """Write moments as one Parquet file, with program version and data digest in it."""
    parts = [
        _rows("head", np.zeros(1), np.zeros(1), np.zeros(1), text=_head(moments)),
        *_cohort_rows(moments),
        *_firm_rows(moments),
    ]
    engine.load_arrays(
        _TABLE, {name: np.concatenate([one[name] for one in parts]) for name in _COLUMNS}
    )
    engine.write_parquet(
        f"select {', '.join(_COLUMNS)} from {_TABLE}",  # noqa: S608 (names of ours)
        path,
    )
    engine.drop(_TABLE)


def read_moments(engine: DuckDBEngine, path: Path) -> Moments:
    """Return the moments that `write_moments` wrote, equal to the last bit.

    Raises MeasureError when the file is missing, broken, changed or something else.
    """
    try:
        engine.load_parquet(_TABLE, [path], _COLUMNS)
        parts = {
            part: engine.arrays(
                f"select cohort_no, place, text, number from {_TABLE} "  # noqa: S608
                f"where part = '{part}' order by cohort_no, place"
            )
            for part in ("head", "count", "sums", "products", "firm_count", "firm_sums")
        }
        moments, seal = _moments_from(parts)
    except (EngineError, KeyError, ValueError, TypeError, IndexError) as error:
        raise _unreadable(path, f"{type(error).__name__}: {error}") from error
    finally:
        engine.drop(_TABLE)
    if seal != _seal(moments):
        raise _unreadable(path, "its numbers are not those that were sealed")
    return moments


def _head(moments: Moments) -> str:
    return json.dumps(
        {
            "format": _FORMAT,
            "outcomes": moments.outcomes,
            "periods": moments.periods,
            "cohorts": [attrs.astuple(one) for one in moments.cohorts],
            "has_firms": moments.firms is not None,
            "content_hash": moments.content_hash,
            "data_digest": moments.data_digest,
            "seal": _seal(moments),
        }
    )


def _seal(moments: Moments) -> str:
    """Return a digest of everything in the moments."""
    words = (moments.outcomes, moments.periods, moments.cohorts)
    found = hashlib.sha256(repr((*words, moments.content_hash)).encode())
    found.update(moments.data_digest.encode())
    for numbers in (moments.count, moments.sums, moments.products):
        found.update(np.ascontiguousarray(numbers).tobytes())
    if moments.firms is not None:
        firms = moments.firms
        found.update("\0".join(firms.firm.tolist()).encode())
        for numbers in (firms.cohort_no, firms.count, firms.sums):
            found.update(np.ascontiguousarray(numbers).tobytes())
    return found.hexdigest()


def _rows(
    part: str, cohort_no: _Column, place: _Column, number: _Column, *, text: Any = ""
) -> dict[str, _Column]:
    size = number.size
    return {
        "part": np.full(size, part, dtype=object),
        "cohort_no": cohort_no.astype(np.int64),
        "place": place.astype(np.int64),
        "text": np.full(size, text, dtype=object)
        if isinstance(text, str)
        else text.astype(object),
        "number": number.astype(np.float64),
    }


def _table_rows(part: str, table: _Column) -> dict[str, _Column]:
    """Return one row for each number of a table (rows x columns)."""
    number, place = np.indices(table.shape)
    return _rows(part, number.ravel(), place.ravel(), table.ravel())


def _cohort_rows(moments: Moments) -> list[dict[str, _Column]]:
    upper = np.triu_indices(moments.sums.shape[1])
    return [
        _table_rows("count", moments.count[:, None]),
        _table_rows("sums", moments.sums),
        _table_rows("products", moments.products[:, *upper]),
    ]


def _firm_rows(moments: Moments) -> list[dict[str, _Column]]:
    firms = moments.firms
    if firms is None:
        return []
    row = np.arange(firms.count.size)
    # The place of a count is the row of the entry, by which its sums are found again.
    counts = _rows("firm_count", firms.cohort_no, row, firms.count, text=firms.firm)
    return [counts, _table_rows("firm_sums", firms.sums)]


def _moments_from(parts: dict[str, dict[str, _Column]]) -> tuple[Moments, str]:
    head: dict[str, Any] = json.loads(parts["head"]["text"][0])
    if head["format"] != _FORMAT:
        message = f"expected {_FORMAT}, found {head['format']}"
        raise ValueError(message)
    cohorts = tuple(
        Cohort(first, side, stratum, tuple(active))
        for first, side, stratum, active in head["cohorts"]
    )
    size = len(head["outcomes"]) * len(head["periods"])
    upper = np.triu_indices(size)
    products = np.zeros((len(cohorts), size, size))
    triangle = parts["products"]["number"].reshape(len(cohorts), -1)
    products[:, *upper] = triangle
    products[:, upper[1], upper[0]] = triangle
    moments = Moments(
        outcomes=tuple(head["outcomes"]),
        periods=tuple(head["periods"]),
        cohorts=cohorts,
        count=parts["count"]["number"].astype(np.int64),
        sums=np.ascontiguousarray(parts["sums"]["number"].reshape(len(cohorts), size)),
        products=products,
        firms=_firms_from(parts, size) if head["has_firms"] else None,
        content_hash=head["content_hash"],
        data_digest=head["data_digest"],
    )
    return moments, head["seal"]


def _firms_from(parts: dict[str, dict[str, _Column]], size: int) -> FirmSums:
    counts = parts["firm_count"]
    order = np.argsort(counts["place"])
    return FirmSums(
        firm=np.asarray(counts["text"])[order].astype(np.str_),
        cohort_no=counts["cohort_no"][order].astype(np.int64),
        count=counts["number"][order].astype(np.int64),
        sums=np.ascontiguousarray(parts["firm_sums"]["number"].reshape(-1, size)),
    )


def _unreadable(path: Path, found: str) -> MeasureError:
    remedy = "gather the moments again from the events"
    return MomentsFileError(
        "this is no file of moments that can be trusted",
        [Problem(path.name, found.splitlines()[0], remedy)],
    )
