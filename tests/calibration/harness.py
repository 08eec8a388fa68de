"""How often is an estimator right? Simulations, their summary, and the judgment."""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import os
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final

import attrs
import numpy as np
from calibration.grid import WORLDS, Point
from calibration.method import (
    Method,
)
from calibration.other_worlds import OTHER_WORLDS, DrawnShelf, Shelf, draw_shelf
from scipy.special import stdtrit

from openspiff.market import DrawnPanel, PanelSetting, draw_panel
from openspiff.measure import LEVEL, Estimate, MeasureError

FULL: Final = 2_000
"""The targets are meant for so many simulations; fewer are given their larger error."""

# Some five hundred targets are judged at once, so three errors would be passed by chance.
_ALLOWED_ERRORS: Final = 4.0
_BIAS_ERRORS: Final = 3.0
_CHUNK: Final = 10
_COLUMNS: Final = (
    "value",
    "error",
    "truth",
    "holds",
    "rejects",
    "redraw",
    "critical",
    "freedom",
    "clusters",
)


@attrs.frozen(kw_only=True)
class Design:
    """A world to simulate, under a name that also decides its seeds."""

    name: str
    setting: PanelSetting | Shelf

    def draw(self, seed: int) -> DrawnPanel | DrawnShelf:
        """Return the world of one simulation, with its truth."""
        if isinstance(self.setting, Shelf):
            return draw_shelf(self.setting, seed=seed)
        return draw_panel(self.setting, seed=seed)

    def seed_of(self, seed: int, number: int) -> int:
        """Return the seed of one simulation, whatever else is simulated."""
        key = (seed, zlib.crc32(self.name.encode()), number)
        return int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0])


@attrs.frozen(kw_only=True)
class Found:
    """What the simulations of one design said of one method; None: does not apply.

    Biases are in units of the truth, `error_ratio` is the mean standard error over the
    true standard deviation, `power` that at the lift which should be found four times in
    five. `missed` names the targets that were not hit.
    """

    design: str
    method: str
    simulation_count: int
    cluster_count: int
    withheld_share: float
    truth: float
    bias: float | None
    bias_error: float | None
    coverage: float
    false_share: float | None
    redraw_share: float | None
    error_ratio: float | None
    power: float | None
    missed: tuple[str, ...] = ()


def holds(estimate: Estimate, truth: float) -> bool:
    """Tell whether the interval, which may be unbounded or a union, holds the truth."""
    low = -math.inf if estimate.low is None else estimate.low
    high = math.inf if estimate.high is None else estimate.high
    if estimate.shape == "outside":
        return truth <= low or truth >= high
    return low <= truth <= high


def _row(method: Method, drawn: DrawnPanel | DrawnShelf, seed: int) -> list[float]:
    truth = method.truth(drawn.truth)
    try:
        one = method.ask(drawn, drawn.truth, seed)
    except MeasureError:
        return [math.nan, math.nan, truth, *[math.nan] * (len(_COLUMNS) - 3)]
    error = math.nan if one.standard_error is None else one.standard_error
    freedom = one.degrees_of_freedom or 1e9
    return [
        one.value,
        error,
        truth,
        holds(one, truth),
        one.excludes_zero,
        math.nan if one.p_value is None else one.p_value <= 0.05,
        float(stdtrit(freedom, 0.5 + LEVEL / 2)),
        freedom,
        one.cluster_count,
    ]


def simulate(
    design: Design, methods: Sequence[Method], numbers: Sequence[int], *, seed: int
) -> np.ndarray:
    """Return what each method said of each simulation (simulations x methods x columns).

    A row of a method that withheld its answer holds the truth only.
    """
    rows = []
    for number in numbers:
        own = design.seed_of(seed, number)
        drawn = design.draw(own)
        rows.append([_row(method, drawn, own) for method in methods])
    return np.array(rows, dtype=float)


def kept(
    design: Design,
    methods: Sequence[Method],
    numbers: Sequence[int],
    *,
    seed: int,
    folder: Path | None,
) -> np.ndarray:
    """Return what `simulate` does, from `folder` if it was simulated there before."""
    if folder is None:
        return simulate(design, methods, numbers, seed=seed)
    asked = (design, [one.name for one in methods], list(numbers), seed)
    path = folder / f"{hashlib.sha256(repr(asked).encode()).hexdigest()[:24]}.npy"
    if path.is_file():
        return np.asarray(np.load(path))
    table = simulate(design, methods, numbers, seed=seed)
    # Named last: whoever is stopped in between leaves nothing that looks finished.
    begun = path.with_name(f"{path.stem}.{os.getpid()}.part.npy")
    np.save(begun, table)
    begun.replace(path)
    return table


def folder_of_code(folder: Path, sources: Sequence[Path]) -> Path:
    """Return the part of `folder` that is kept for the code below `sources`, made if new.

    Another code, other results: what was kept of the former code is left alone and unread.
    """
    digest = hashlib.sha256()
    for path in sorted(path for source in sources for path in source.rglob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    found = folder / digest.hexdigest()[:16]
    found.mkdir(parents=True, exist_ok=True)
    return found


def calibrate(
    design: Design,
    methods: Sequence[Method],
    simulations: int,
    *,
    seed: int,
    pool: ProcessPoolExecutor | None = None,
    folder: Path | None = None,
) -> list[Found]:
    """Simulate a design and return what was found of each method, judged.

    With a `folder`, what was simulated is kept there and not simulated again.
    """
    starts = range(0, simulations, _CHUNK)
    chunks = [range(start, min(start + _CHUNK, simulations)) for start in starts]
    given = {"seed": seed, "folder": folder}
    if pool is None:
        tables = [kept(design, methods, chunk, **given) for chunk in chunks]
    else:
        waiting = [pool.submit(kept, design, methods, chunk, **given) for chunk in chunks]
        tables = [one.result() for one in waiting]
    table = np.concatenate(tables)
    return [
        judged(method, summary(design, method, table[:, number]))
        for number, method in enumerate(methods)
    ]


def new_pool(processes: int) -> ProcessPoolExecutor:
    """Return processes that start afresh, so that no thread is copied half done."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context)


def summary(design: Design, method: Method, table: np.ndarray) -> Found:
    """Summarize the rows (simulations x columns) of one method."""
    count = len(table)
    given = table[~np.isnan(table[:, 0])]
    if len(given) < 2:
        return _withheld(design, method, table)
    columns = dict(zip(_COLUMNS, given.T, strict=True))
    truth = float(columns["truth"].mean())
    has_error = not np.isnan(columns["error"]).any()
    is_null = bool((columns["truth"] == 0).all())
    has_redraw = not np.isnan(columns["redraw"]).any()
    is_plain = math.isfinite(truth) and has_error
    off = columns["value"] - columns["truth"] if is_plain else np.zeros(len(given))
    spread = float(off.std(ddof=1))
    return Found(
        design=design.name,
        method=method.name,
        simulation_count=count,
        cluster_count=round(float(np.median(columns["clusters"]))),
        withheld_share=1 - len(given) / count,
        truth=truth,
        bias=float(off.mean()) if is_plain else None,
        bias_error=spread / math.sqrt(len(given)) if is_plain else None,
        coverage=float(columns["holds"].mean()),
        false_share=float(columns["rejects"].mean()) if is_null else None,
        redraw_share=float(columns["redraw"].mean()) if is_null and has_redraw else None,
        error_ratio=float(columns["error"].mean()) / spread if is_plain else None,
        power=_power(columns, off - off.mean(), spread) if is_plain else None,
    )


def _withheld(design: Design, method: Method, table: np.ndarray) -> Found:
    return Found(
        design=design.name,
        method=method.name,
        simulation_count=len(table),
        cluster_count=0,
        withheld_share=1.0,
        truth=float(table[:, 2].mean()),
        bias=None,
        bias_error=None,
        coverage=math.nan,
        false_share=None,
        redraw_share=None,
        error_ratio=None,
        power=None,
    )


def _power(columns: dict[str, np.ndarray], off: np.ndarray, spread: float) -> float:
    """Return how often the minimum detectable lift is found, were that the truth.

    (t(.975) + t(.80)) true standard deviations; errors stay what they were, and a bias,
    which is judged by itself, is taken off.
    Bloom (1995), Evaluation Review 19(5).
    """
    critical, freedom = columns["critical"], float(np.median(columns["freedom"]))
    detectable = (float(np.median(critical)) + float(stdtrit(freedom, 0.8))) * spread
    return float((off + detectable > critical * columns["error"]).mean())


def _allowed(share: float, count: int) -> float:
    """Return how far off a share may be because there were fewer simulations than FULL."""
    spread = math.sqrt(share * (1 - share))
    extra = max(0.0, 1 / math.sqrt(count) - 1 / math.sqrt(FULL))
    return _ALLOWED_ERRORS * spread * extra


def judged(method: Method, found: Found) -> Found:
    """Return the summary with the targets of the method that it missed.

    Bias: within 3 of its Monte-Carlo errors, which is within 2% of the truth wherever so
    little can be told at all. False positives: at most .065 from 20 clusters on (.07 of
    one series), .06 re-drawn from 8 on. Error over deviation: .95 to 1.05 from 40 clusters
    on. Power: .77 to .85.
    """
    if method.coverage is None or math.isnan(found.coverage):
        return found
    count = round(found.simulation_count * (1 - found.withheld_share))
    near = _allowed(0.05, count)
    low, high = method.coverage
    clusters = found.cluster_count
    checks = {"coverage": low - near <= found.coverage <= high + near}
    if found.bias is not None and found.bias_error is not None:
        checks["bias"] = abs(found.bias) <= _BIAS_ERRORS * found.bias_error
    if found.false_share is not None and clusters >= 20:
        checks["false positives"] = found.false_share <= method.most_false_share + near
    if found.redraw_share is not None and clusters >= 8:
        checks["re-drawn false positives"] = found.redraw_share <= 0.06 + near
    if found.error_ratio is not None and clusters >= 40:
        # The deviation of so many normal values is itself known to 1 / sqrt(2 count).
        room = 0.05 + _ALLOWED_ERRORS * max(0.0, _relative(count) - _relative(FULL))
        checks["error"] = abs(found.error_ratio - 1) <= room
    if found.power is not None:
        room = _allowed(0.2, count)
        checks["power"] = 0.77 - room <= found.power <= 0.85 + room
    missed = tuple(
        name for name, is_met in checks.items() if not is_met and name in method.targets
    )
    return attrs.evolve(found, missed=missed)


def _relative(count: int) -> float:
    return 1 / math.sqrt(2 * count)


def simulations_of(point: Point, wanted: int) -> int:
    """Return how often a point is simulated: a tenth where a panel takes seconds."""
    return max(wanted // 10, 20) if point.payees >= 100_000 else wanted


def spanning_results(
    methods: Sequence[Method],
    points: Sequence[Point],
    simulations: int,
    *,
    seed: int,
    pool: ProcessPoolExecutor | None = None,
    folder: Path | None = None,
) -> Iterator[tuple[Point, Found]]:
    """Yield what was found of each method at each point, in the worlds they are for."""
    for point in points:
        for world in dict.fromkeys(method.world for method in methods):
            if world not in WORLDS:
                continue
            design = Design(name=point.name, setting=WORLDS[world](point))
            found = calibrate(
                design,
                [method for method in methods if method.world == world],
                simulations_of(point, simulations),
                seed=seed,
                pool=pool,
                folder=folder,
            )
            yield from ((point, one) for one in found)


def other_results(
    methods: Sequence[Method],
    simulations: int,
    *,
    seed: int,
    pool: ProcessPoolExecutor | None = None,
    folder: Path | None = None,
) -> Iterator[Found]:
    """Yield what was found of each method in the worlds beside the grid."""
    for world, settings in OTHER_WORLDS.items():
        asked = [method for method in methods if method.world == world]
        # A mix of donors, and those of its placebo sets, take a second.
        count = simulations // 2 if world == "few treated firms" else simulations
        for name, setting in settings.items() if asked else ():
            design = Design(name=name, setting=setting)
            yield from calibrate(design, asked, count, seed=seed, pool=pool, folder=folder)
