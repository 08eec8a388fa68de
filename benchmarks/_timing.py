"""How long does it take, and how much memory, beside its yardstick?

Every repeat runs in a new process, so that no repeat finds what another one left in
memory, and the contenders take turns, so that a noisy moment of the machine hits all of
them. The clock starts after the imports.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPEATS = 5


@dataclass(frozen=True)
class Measured:
    """What the repeats of one contender took and returned."""

    seconds: tuple[float, ...]
    peak_mb: float
    result: Any

    @property
    def median(self) -> float:
        """Return the median of the repeats in seconds."""
        return statistics.median(self.seconds)


def peak_mb() -> float:
    """Return the most memory that this process has held at once, in MB (10^6 bytes).

    On Linux it is read from the process's own memory map: the figure of `getrusage` starts
    at the size of the process that started it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _work(sender: Any, call: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    started = time.perf_counter()
    result = call(*arguments)
    seconds = time.perf_counter() - started
    sender.send((seconds, peak_mb(), result))
    sender.close()


def run_alone(call: Callable[..., Any], *arguments: Any) -> tuple[float, float, Any]:
    """Run `call(*arguments)` in a new process: its seconds, its peak MB, what it returned.

    `call` is a function of a module (not a lambda) and its result is small: checksums, not
    tables. Only the process itself is weighed, not servers or processes that it starts.
    Raises RuntimeError when the process ends without an answer.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, call, arguments))
    process.start()
    sender.close()
    try:
        answer: tuple[float, float, Any] = receiver.recv()
    except EOFError:
        process.join()
        message = f"{call.__name__} ended without an answer (exit code {process.exitcode})"
        raise RuntimeError(message) from None
    process.join()
    return answer


def measure(call: Callable[..., Any], *arguments: Any, repeats: int = REPEATS) -> Measured:
    """Run one contender `repeats` times, each time in a new process."""
    return measure_all({"it": (call, *arguments)}, repeats=repeats)["it"]


def measure_all(
    contenders: Mapping[str, tuple[Any, ...]], *, repeats: int = REPEATS
) -> dict[str, Measured]:
    """Run every contender, a tuple of a function and its arguments, in turns.

    Progress goes to the error output, one line a round.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    peaks: dict[str, float] = dict.fromkeys(contenders, 0.0)
    results: dict[str, Any] = {}
    for turn in range(1, repeats + 1):
        for name, (call, *arguments) in contenders.items():
            took, peak, results[name] = run_alone(call, *arguments)
            seconds[name].append(took)
            peaks[name] = max(peaks[name], peak)
        last = ", ".join(f"{name} {times[-1]:.2f} s" for name, times in seconds.items())
        print(f"  round {turn} of {repeats}: {last}", file=sys.stderr, flush=True)
    return {
        name: Measured(tuple(seconds[name]), peaks[name], results[name])
        for name in contenders
    }


def print_comparison(
    title: str,
    measured: Mapping[str, Measured],
    *,
    yardstick: str,
    subject: str,
    at_most: float | None = None,
) -> bool:
    """Print a Markdown table and one closing line `RATIO`; return whether it was met.

    The ratio is the median of `subject` over the median of `yardstick`; with `at_most` the
    line says whether the ratio is within it.
    """
    base = measured[yardstick].median
    print(f"\n## {title}\n")
    print("| contender | median s | lowest | highest | peak MB | times the yardstick |")
    print("|---|---|---|---|---|---|")
    for name, one in measured.items():
        print(
            f"| {name} | {one.median:.3f} | {min(one.seconds):.3f} "
            f"| {max(one.seconds):.3f} | {one.peak_mb:,.0f} | {one.median / base:.2f} |"
        )
    ratio = measured[subject].median / base
    is_met = at_most is None or ratio <= at_most
    wanted = "" if at_most is None else f", wanted at most {at_most:g}"
    verdict = "" if at_most is None else (" (met)" if is_met else " (NOT met)")
    print(f"\nRATIO {subject} / {yardstick}: {ratio:.2f}{wanted}{verdict}", flush=True)
    return is_met
