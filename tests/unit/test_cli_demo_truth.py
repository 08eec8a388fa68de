"""Does the demo set every estimate beside what its market knows, the money too?"""

from __future__ import annotations

import attrs
from report_answers import a_program, an_answer, estimate

from openspiff.cli._demo_truth import truth_rows
from openspiff.market import Truth


def test_truth_of_the_market_stands_beside_margin_and_return() -> None:
    answer = attrs.evolve(
        an_answer(a_program()),
        treated_weeks=200.0,
        value_added=estimate("incremental margin", 2_000_000.0, unit="EUR minor units"),
        return_on_cost=estimate("return on cost", 1.22, unit="share of cost"),
    )
    names = [one.name for one in attrs.fields(Truth)]
    truth = Truth(**dict.fromkeys(names, 0) | {"incremental_margin_minor": 1_350_000})  # type: ignore[arg-type]
    rows = {name: (true, found) for name, true, found in truth_rows(answer, truth)}
    assert rows["margin added, all products"] == (
        "€13,500",
        "€20,000 (95% interval €10,000 to €40,000)",
    )
    assert rows["return on cost"] == ("50%", "122% (95% interval 61% to 244%)")
    assert rows["units added, in the window alone"][1] == ("80 (95% interval 40 to 160)")
