"""How long does measuring take, beside one GROUP BY over the same file and other packages?

Four questions, each with its targets:

1. 100,000 payees x 52 weeks: all moments and every comparison with others (255 effects of
   cohort and week, their averages, imputation, event study, regression) beside
   `select unit, week, sum(y) ... group by unit, week` in DuckDB.
2. Ten times as many payees, with `--rows-large`: it takes 200 MB of disk and minutes.
3. Other packages on the same file, with `--peers PYTHON` of an environment that has them.
4. `measure` of 1,000,000 events as the command does it, by payee, and re-drawn by firm:
   what was paid by the books, the answer, the customers won, the report in HTML.

    python benchmarks/measure.py [--repeats 5] [--folder FOLDER] [--rows-large]
                                 [--peers PYTHON]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from _measure_data import FIRMS, WEEKS, first_weeks, make_panel
from _measure_whole import launched, reported
from _timing import REPEATS, Measured, measure_all, print_comparison
from entitlements_data import make_feed

from openspiff.engine import DuckDBEngine
from openspiff.measure import (
    Activity,
    Column,
    Moments,
    aggregate,
    event_study,
    group_time_effects,
    imputation,
    members_of,
    moments_of_rows,
    two_way_effect,
)
from openspiff.program import HoldoutUnit

FOLDER = Path(tempfile.gettempdir()) / "openspiff-bench"
PAYEES, LARGE = 100_000, 1_000_000
EVENTS = 1_000_000
AT_MOST, GROWTH = 2.0, 1.15
LIMIT_MB, LARGE_LIMIT_MB = 600, 2_500
LARGE_MEMORY = "2000MB"  # beyond it the engine sorts on disk
PEERS = {"diff_diff": 2.0, "csdid": 2.0, "pyfixest": 20.0}
PEER_LEAST = 120.0  # seconds that a package may take in any case
PEER_STARTS = 60  # seconds, for the start of a package, which is not counted
REPORT_SECONDS, REDRAWN_SECONDS = 20.0, 40.0
# The packages fit regressions, so their effects differ from ours in rounding only.
ROUNDING = 1e-6

OURS, GROUPED = "openspiff", "group by"
LARGE_OURS, LARGE_GROUPED = "openspiff, large", "group by, large"
BY_PAYEE, BY_FIRM = "measure and report", "the same by firm, with 9,999 re-draws"


def grouped(path: Path, memory: str | None) -> tuple[int, int]:
    """Add up the file by payee and week, and keep the table: the yardstick."""
    with DuckDBEngine(memory_limit=memory) as engine:
        engine.execute(
            "create table grouped as select unit, week, sum(y) as y "
            f"from read_parquet('{path}') group by unit, week"
        )
        count, total = engine.query("select count(*), sum(y) from grouped")[0]
        return int(count), int(total)


def ours(path: Path, payee_count: int, memory: str | None) -> dict[str, float]:
    """Gather the moments and make every comparison with others from them."""
    units = np.arange(payee_count)
    members = members_of(
        units,
        first_no=first_weeks(payee_count),
        activity=Activity.always(payee_count, WEEKS),
        firms=np.char.add("firm ", (units % FIRMS).astype(np.str_)),
    )
    with DuckDBEngine(memory_limit=memory) as engine:
        engine.execute(
            "create view sold as select unit, week as period_no, y "
            f"from read_parquet('{path}')"
        )
        moments = moments_of_rows(
            engine,
            "sold",
            members=members,
            outcomes={"y": Column(name="y")},
            periods=range(WEEKS),
        )
    return compared(moments)


def compared(moments: Moments) -> dict[str, float]:
    """Return what each comparison of tier B says of the whole."""
    effects = group_time_effects(moments)
    kinds = ("simple", "dynamic", "group", "calendar")
    found = {kind: aggregate(effects, kind).overall.value for kind in kinds}
    study = event_study(moments)
    return {
        **found,
        "total": float(moments.sums.sum()),
        "effects": float(effects.values.size),
        "imputation": imputation(moments).value,
        "two-way": two_way_effect(moments).value,
        "event study": study.points[-1].value,
    }


def peer(python: str, name: str, path: Path, *, seconds: float) -> Measured:
    """Return what a package took in its own environment; it may take so many seconds.

    Raises subprocess.TimeoutExpired when it takes longer, RuntimeError when it fails.
    """
    script = Path(__file__).with_name("_measure_peers.py")
    done = subprocess.run(  # noqa: S603 (the environment is named by the caller)
        [python, str(script), name, str(path)],
        capture_output=True,
        text=True,
        timeout=seconds + PEER_STARTS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or "no word").splitlines()[-1])
    told = json.loads(done.stdout.splitlines()[-1])
    return Measured((told["seconds"],), told["peak_mb"], told["value"])


def _say(label: str, *, value: str, wanted: str, is_met: bool) -> bool:
    verdict = "met" if is_met else "NOT met"
    print(f"{label} {value}, wanted {wanted} ({verdict})", flush=True)
    return is_met


def _say_memory(name: str, one: Measured, limit_mb: int) -> bool:
    return _say(
        f"MEMORY of {name}:",
        value=f"{one.peak_mb:,.0f} MB",
        wanted=f"under {limit_mb:,} MB",
        is_met=one.peak_mb < limit_mb,
    )


def _is_same(yardstick: Measured, subject: Measured) -> bool:
    """Print whether both added up to the same whole number."""
    wanted, found = yardstick.result[1], subject.result["total"]
    is_same = bool(wanted == found)
    print(f"{'SAME' if is_same else 'DIFFERENT'} total: {wanted:,} and {found:,.0f}")
    return is_same


def _small(path: Path, repeats: int) -> tuple[bool, Measured]:
    measured = measure_all(
        {GROUPED: (grouped, path, None), OURS: (ours, path, PAYEES, None)},
        repeats=repeats,
    )
    is_met = print_comparison(
        f"{measured[GROUPED].result[0]:,} rows: moments and every comparison",
        measured,
        yardstick=GROUPED,
        subject=OURS,
        at_most=AT_MOST,
    )
    is_met &= _say_memory(OURS, measured[OURS], LIMIT_MB)
    is_met &= _is_same(measured[GROUPED], measured[OURS])
    print(", ".join(f"{name} {value:.6g}" for name, value in measured[OURS].result.items()))
    return is_met, measured[OURS]


def _large(folder: Path, repeats: int) -> bool:
    path = make_panel(folder, payee_count=LARGE)
    small = make_panel(folder, payee_count=PAYEES)
    measured = measure_all(
        {
            LARGE_GROUPED: (grouped, path, None),
            LARGE_OURS: (ours, path, LARGE, LARGE_MEMORY),
            OURS: (ours, small, PAYEES, None),  # beside it: machines change their pace
        },
        repeats=repeats,
    )
    is_met = print_comparison(
        f"{measured[LARGE_GROUPED].result[0]:,} rows: moments and every comparison",
        measured,
        yardstick=LARGE_GROUPED,
        subject=LARGE_OURS,
        at_most=AT_MOST,
    )
    is_met &= _say_memory(LARGE_OURS, measured[LARGE_OURS], LARGE_LIMIT_MB)
    is_met &= _is_same(measured[LARGE_GROUPED], measured[LARGE_OURS])
    growth = measured[LARGE_OURS].median / measured[OURS].median / (LARGE / PAYEES)
    return is_met & _say(
        "GROWTH per row, ten times the rows:",
        value=f"{growth:.2f}",
        wanted=f"at most {GROWTH:g}",
        is_met=growth <= GROWTH,
    )


def _beside_peers(python: str, path: Path, small: Measured) -> bool:
    is_met = True
    print("\n## Other packages on the same file\n")
    for name, at_least in PEERS.items():
        seconds = max(2 * at_least * small.median, PEER_LEAST)
        try:
            theirs = peer(python, name, path, seconds=seconds)
        except subprocess.TimeoutExpired:
            is_met &= _say(
                f"RATIO {name} / {OURS}: not done after {seconds:.0f} s,",
                value=f"over {seconds / small.median:.0f}",
                wanted=f"at least {at_least:g}",
                is_met=True,
            )
            continue
        except RuntimeError as error:
            print(f"LEFT OUT {name}: {error}")
            continue
        ratio = theirs.median / small.median
        is_met &= _say(
            f"RATIO {name} / {OURS}: {theirs.median:.1f} s, {theirs.peak_mb:,.0f} MB,",
            value=f"{ratio:.2f}",
            wanted=f"at least {at_least:g}",
            is_met=ratio >= at_least,
        )
        if name == "pyfixest":  # one effect by time since start for all: another number
            continue
        off = abs(theirs.result - small.result["simple"])
        is_met &= _say(
            f"DIFFERENCE of the effect from {name}:",
            value=f"{off:.1e}",
            wanted=f"under {ROUNDING:g}",
            is_met=off < ROUNDING,
        )
    return is_met


def _end_to_end(folder: Path, repeats: int) -> bool:
    feed = make_feed(folder, rows=EVENTS)
    contenders = {}
    for name, unit in ((BY_PAYEE, HoldoutUnit.PAYEE), (BY_FIRM, HoldoutUnit.FIRM)):
        contenders[name] = (
            reported,
            launched(unit, feed, folder / f"books-{unit}.parquet"),
        )
    measured = measure_all(contenders, repeats=repeats)
    print_comparison(
        f"{EVENTS:,} events: `measure` and its report",
        measured,
        yardstick=BY_PAYEE,
        subject=BY_FIRM,
    )
    limits: Mapping[str, float] = {BY_PAYEE: REPORT_SECONDS, BY_FIRM: REDRAWN_SECONDS}
    met = [
        _say(
            f"SECONDS of {name}:",
            value=f"{measured[name].median:.1f}",
            wanted=f"under {limit:g}",
            is_met=measured[name].median < limit,
        )
        for name, limit in limits.items()
    ]
    if measured[BY_FIRM].result[1] is None:
        print("MISSING the p-value of re-draws: the comparison by firm made none")
        return False
    return all(met)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables; fail when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--rows-large", action="store_true", help="52,000,000 rows too")
    parser.add_argument("--peers", default="", help="python that has the other packages")
    given = parser.parse_args(arguments)
    if hasattr(os, "getloadavg"):
        cores, busy = os.cpu_count() or 1, os.getloadavg()[0]
        print(f"LOAD {busy:.1f} on {cores} cores at the start", file=sys.stderr)
    path = make_panel(given.folder, payee_count=PAYEES)
    is_met, small = _small(path, given.repeats)
    if given.rows_large:
        is_met &= _large(given.folder, given.repeats)
    else:
        print("\nLEFT OUT 52,000,000 rows: ask with --rows-large")
    if given.peers:
        is_met &= _beside_peers(given.peers, path, small)
    else:
        print("LEFT OUT other packages: name their python with --peers")
    is_met &= _end_to_end(given.folder, given.repeats)
    return 0 if is_met else 1


if __name__ == "__main__":
    raise SystemExit(main())
