"""On which engine do the tests run? DuckDB, or Spark when OPENSPIFF_ENGINE says so."""

from __future__ import annotations

import os
from typing import Any

from openspiff import engine as engines

CHOSEN = os.environ.get("OPENSPIFF_ENGINE", "duckdb")


def new_engine() -> Any:
    """Return a fresh engine of the chosen kind; one thread, as the tests are small."""
    match CHOSEN:
        case "duckdb":
            return engines.DuckDBEngine(threads=1)
        case "spark":
            return new_spark()
        case _:
            message = f"expected OPENSPIFF_ENGINE duckdb or spark, got {CHOSEN!r}"
            raise ValueError(message)


def new_spark() -> Any:
    """Return an engine on Spark; the session is started once and shared."""
    return engines.SparkEngine()
