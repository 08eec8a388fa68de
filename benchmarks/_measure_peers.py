"""What do other packages take on the same panel? Run by `measure.py` in their environment.

Prints one line of JSON: seconds from opening the file to the answer, the peak in MB, the
effect on the treated. Like ours, the clock starts after the imports.

    PEERS/bin/python benchmarks/_measure_peers.py NAME FILE
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

COLUMNS = {"outcome": "y", "unit": "unit", "time": "week", "first_treat": "cohort"}


def _diff_diff(frame: Any) -> float:
    from diff_diff import CallawaySantAnna  # noqa: PLC0415 (one package a process)

    found = CallawaySantAnna(estimation_method="reg").fit(frame, **COLUMNS)
    return float(found.overall_att)


def _csdid(frame: Any) -> float:
    from csdid.att_gt import ATTgt  # noqa: PLC0415 (one package a process)

    asked = ATTgt(
        yname="y",
        tname="week",
        idname="unit",
        gname="cohort",
        data=frame,
        control_group=["nevertreated"],
    )
    found = asked.fit(est_method="reg", bstrap=False)
    return float(found.aggte("simple", bstrap=False, cband=False).atte["overall_att"])


def _pyfixest(frame: Any) -> float:
    import pyfixest  # noqa: PLC0415 (one package a process)

    frame["since"] = (frame["week"] - frame["cohort"]).where(frame["cohort"] > 0, -1)
    fit = pyfixest.feols("y ~ i(since, ref=-1) | unit + week", frame, {"CRV1": "unit"})
    return float(fit.coef().iloc[-1])


PEERS: dict[str, Callable[[Any], float]] = {
    "diff_diff": _diff_diff,
    "csdid": _csdid,
    "pyfixest": _pyfixest,
}


def main(name: str, path: str) -> int:
    """Print what the peer of this name takes."""
    import pandas as pd  # noqa: PLC0415 (the clock starts after it)

    __import__(name)
    warnings.simplefilter("ignore")
    started = time.perf_counter()
    frame = pd.read_parquet(path)
    # Weeks from 1 on: zero means never treated to these packages.
    frame["week"] = frame["week"].astype("int64") + 1
    frame["cohort"] = (frame.pop("first").astype("int64") + 1).clip(lower=0)
    value = PEERS[name](frame)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "value": value}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
