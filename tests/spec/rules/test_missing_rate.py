"""A missing rate is an error that names every pair of currencies; it is never taken as 1.

Nothing is paid until the rate is there. Events that could not earn anyway need no rate.
"""

from pathlib import Path
from typing import Any

import pytest
from reference import RateMissingError, reference_reasons
from spec.rules._table import Example, instant

from openspiff import rules

TITLE = "A missing exchange rate"

PROGRAM = """
[payout]
kind = "flat"
amount = "50.00"
"""

EVENTS = """
event | payee | amount  | currency | occurred         | status
d1    | Ann   | 100.00  | USD      | 2026-01-06 12:00 | done
d2    | Ann   | 15000   | JPY      | 2026-01-06 12:00 | done
d3    | Ann   | 15000   | JPY      | 2026-01-08 00:00 | done
d4    | Ann   | 40.000  | KWD      | 2026-01-06 12:00 | lost
d5    | Ann   | 90.00   | EUR      | 2026-02-06 12:00 | done
"""

RATES = """
from | to  | rate       | since | before
JPY  | USD | 0.00666667 |       | 2026-01-08
"""


def test_missing_rate_is_an_error_that_names_the_pair(engine: Any, tmp_path: Path) -> None:
    example = Example.read(PROGRAM, EVENTS, rates=RATES)
    feed = example.feed(tmp_path)
    with pytest.raises(rules.RuleError) as refused:
        rules.entitlements(example.world.programs, feed=feed, engine=engine)
    problems = [str(problem) for problem in refused.value.problems]
    assert len(problems) == 1
    assert "JPY to USD" in problems[0]
    assert "d3" in problems[0]
    with pytest.raises(RateMissingError) as also:
        reference_reasons(example.world)
    assert also.value.missing == {("JPY", "USD", instant("2026-01-08 00:00"))}


def test_events_that_cannot_earn_need_no_rate(engine: Any, tmp_path: Path) -> None:
    events = "\n".join(line for line in EVENTS.splitlines() if not line.startswith("d3"))
    example = Example.read(PROGRAM, events, rates=RATES)
    found = rules.entitlements(
        example.world.programs, feed=example.feed(tmp_path), engine=engine
    )
    assert [row[3] for row in found.rows()] == ["d1", "d2"]
