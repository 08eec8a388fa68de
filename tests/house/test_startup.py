"""Is asking for help cheap? (How long it takes is benchmarks/startup.py.)"""

from __future__ import annotations

import subprocess
import sys

HEAVY = {
    "altair",
    "django",
    "duckdb",
    "httpx",
    "mcp",
    "numpy",
    "pandas",
    "pyspark",
    "scipy",
    "sqlglot",
    "typst",
    "vl_convert",
}
LOADED = (
    "; import sys; print(' '.join(sorted({name.split('.')[0] for name in sys.modules})))"
)


def loaded_after(code: str) -> set[str]:
    """Return the top-level modules that a new interpreter holds after `code`."""
    done = subprocess.run(
        [sys.executable, "-c", code + LOADED], capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_importing_the_library_loads_nothing_heavy() -> None:
    loaded = loaded_after("import openspiff")
    assert "openspiff" in loaded
    assert loaded & HEAVY == set()


def test_only_the_report_loads_charts_and_nothing_loads_django() -> None:
    names = "[getattr(openspiff, n) for n in openspiff.__all__ if n != 'report_html']"
    loaded = loaded_after(f"import openspiff; {names}")
    assert "duckdb" in loaded
    heavy = {"django", "pandas", "altair", "vl_convert", "typst", "pyspark"}
    assert loaded & heavy == set()


def test_who_evaluates_and_books_does_not_wait_for_what_measures() -> None:
    loaded = loaded_after("import openspiff.run")
    assert "duckdb" in loaded
    assert loaded & {"django", "scipy"} == set()


def test_asking_for_help_loads_nothing_heavy() -> None:
    code = (
        "import openspiff.cli; from click.testing import CliRunner; "
        "done = CliRunner().invoke(openspiff.cli.openspiff, ['--help']); "
        "assert done.exit_code == 0 and 'Usage' in done.output, done.output"
    )
    assert loaded_after(code) & HEAVY == set()


def test_the_check_of_what_is_loaded_can_fail() -> None:
    assert "numpy" in loaded_after("import numpy")
