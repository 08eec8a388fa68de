"""How well calibrated is each estimator? `make calibrate` writes the table of the docs."""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from calibration.grid import spanning_subset
from calibration.harness import (
    Found,
    folder_of_code,
    new_pool,
    other_results,
    spanning_results,
)
from calibration.methods import (
    METHODS,
)

import openspiff

BEGIN, END = "<!-- begin of what the command wrote -->", "<!-- end -->"
CONTROLS = {one.name for one in METHODS if one.is_control}
HEADER = (
    "| world | clusters | runs | truth | bias (s.e.) | bias/truth | coverage | false pos. "
    "| re-drawn | s.e./s.d. | power | withheld | missed |"
)


def shown(number: float | None, form: str) -> str:
    """Return a number as it is printed; a hyphen where it does not apply."""
    return "-" if number is None or math.isnan(number) else format(number, form)


def line(found: Found) -> str:
    """Return one line of the table."""
    bias, error = shown(found.bias, "+.3g"), shown(found.bias_error, ".2g")
    part = None
    if found.bias is not None and abs(found.truth) > abs(found.bias) / 10:
        part = found.bias / found.truth
    band = 1.96 * (found.coverage * (1 - found.coverage) / found.simulation_count) ** 0.5
    cells = [
        found.design,
        f"{found.cluster_count:,}",
        f"{found.simulation_count:,}",
        shown(found.truth, ".3g"),
        f"{bias} ({error})",
        shown(part, "+.1%"),
        f"{shown(found.coverage, '.3f')} ± {shown(band, '.3f')}",
        shown(found.false_share, ".3f"),
        shown(found.redraw_share, ".3f"),
        shown(found.error_ratio, ".2f"),
        shown(found.power, ".2f"),
        shown(found.withheld_share, ".0%"),
        ", ".join(found.missed) or "-",
    ]
    return f"| {' | '.join(cells)} |"


def report(results: Sequence[Found], command: str) -> str:
    """Return the summary by method and the whole table, as Markdown."""
    lines = [f"`{command}`", "", "| method | worlds | lowest coverage | highest | missed |"]
    lines += ["|---|---|---|---|---|"]
    names = list(dict.fromkeys(one.method for one in results))
    for name in names:
        own = [one for one in results if one.method == name]
        covers = [one.coverage for one in own if one.withheld_share < 1]
        missed = sum(bool(one.missed) for one in own)
        what = f"{name} (meant to fail)" if name in CONTROLS else name
        lines.append(
            f"| {what} | {len(own)} | {shown(min(covers, default=None), '.3f')} "
            f"| {shown(max(covers, default=None), '.3f')} | {missed} |"
        )
    for name in names:
        lines += ["", f"### {name}", "", HEADER, "|" + "---|" * (HEADER.count("|") - 1)]
        lines += [line(one) for one in results if one.method == name]
    return "\n".join(lines)


def _folder(keep: Path | None) -> Path | None:
    if keep is None:
        return None
    rooms = Path(openspiff.__file__).parent
    own = Path(__file__).parent
    return folder_of_code(keep, [rooms / "measure", rooms / "market", own])


def main(arguments: Sequence[str]) -> int:
    """Run the calibration and print its table, or write it into a page."""
    parser = argparse.ArgumentParser(prog="python -m calibration", description=__doc__)
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--method", default="", help="only methods with this in their name")
    parser.add_argument(
        "--most-payees", type=int, default=sys.maxsize, help="leave out larger worlds"
    )
    parser.add_argument("--write", type=Path, help="the page whose table is replaced")
    parser.add_argument(
        "--keep", type=Path, help="a folder of what was simulated; a stopped run goes on"
    )
    chosen = parser.parse_args(arguments)
    methods = [one for one in METHODS if chosen.method in one.name]
    points = [one for one in spanning_subset() if one.payees <= chosen.most_payees]
    results = []
    alone = chosen.processes == 1
    with nullcontext() if alone else new_pool(chosen.processes) as pool:
        given = {"seed": chosen.seed, "pool": pool, "folder": _folder(chosen.keep)}
        of_grid = spanning_results(methods, points, chosen.simulations, **given)
        others = other_results(methods, chosen.simulations, **given)
        for found in itertools.chain((one for _, one in of_grid), others):
            results.append(found)
            told = ", ".join(found.missed) or "met"
            sys.stderr.write(f"{found.design}; {found.method}: {told}\n")
    command = (
        f"python -m calibration --simulations {chosen.simulations} --seed {chosen.seed}"
    )
    if chosen.most_payees < sys.maxsize:
        command += f" --most-payees {chosen.most_payees}"
    command += f" --method {chosen.method!r}" if chosen.method else ""
    text = report(results, command)
    if chosen.write is None:
        sys.stdout.write(f"{text}\n")
    else:
        page = chosen.write.read_text(encoding="utf-8")
        head, tail = page.split(BEGIN)[0], page.split(END)[1]
        chosen.write.write_text(f"{head}{BEGIN}\n\n{text}\n\n{END}{tail}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
