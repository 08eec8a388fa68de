"""Does an answer carry what stands beside its numbers: balance, draws, naive totals?"""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from measure_worlds import at, daily_sales, make_program

from openspiff.measure import Answer, measure_worth, read_answer
from openspiff.measure._types import answer_json

AS_OF = at(2024, 9, 10)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    feed, enrolment, sold = daily_sales(tmp_path_factory.mktemp("beside"), lift=0.06)
    return measure_worth(
        make_program(),
        feed=feed,
        enrolment=enrolment,
        paid_minor=sold * 10_000,
        paid_units=sold,
        paid_by_payee={"a": 5, "b": 0, "c": 7},
        as_of=AS_OF,
        seed=1,
    )


def test_draws_are_counted_and_give_the_p_value(answer: Answer) -> None:
    drawn = answer.redrawn
    gross = next(one for one in answer.estimates if (one.name, one.tier) == ("gross", "A"))
    assert drawn is not None
    assert sum(drawn.counts) == 10_000  # 9,999 and the one that was made
    assert drawn.p_value == gross.p_value
    starts = drawn.low + drawn.step * np.arange(len(drawn.counts))
    counts = np.array(drawn.counts)
    own = abs(drawn.observed)
    beyond = (starts >= own) | (starts + drawn.step <= -own)
    touched = (starts + drawn.step > own) | (starts < -own)
    assert counts[beyond].sum() <= round(drawn.p_value * 10_000) <= counts[touched].sum()
    assert drawn.observed == pytest.approx(
        gross.value / (gross.standard_error or 1), rel=0.1
    )


def test_balance_is_in_standard_deviations_and_holds_nothing_of_a_lot(
    answer: Answer,
) -> None:
    (units,) = (one for one in answer.balance if one.name == "units before")
    assert units.unit == "standard deviations"
    assert (units.low or 0.0) < 0.0 < (units.high or 0.0)
    (check,) = (one for one in answer.checks if one.code == "balance")
    assert units.value == pytest.approx(check.value, rel=1e-9)


def test_naive_total_is_the_naive_number_times_the_weeks(answer: Answer) -> None:
    assert answer.naive is not None
    assert answer.headline is not None
    assert answer.total_incremental is not None
    weeks = answer.total_incremental.value / answer.headline.value
    units = answer.naive_totals[0]
    assert units.tier == "E"
    assert units.value == pytest.approx(answer.naive.value * weeks)


def test_only_who_was_paid_something_was_paid(answer: Answer) -> None:
    assert answer.paid_payee_count == 2


def test_record_that_knows_nothing_of_it_is_read(answer: Answer) -> None:
    assert read_answer(answer_json(answer)) == answer
    bare = attrs.evolve(
        answer, redrawn=None, balance=(), naive_totals=(), paid_payee_count=None
    )
    text = answer_json(bare)
    for line in (
        '  "balance": [],\n',
        '  "naive_totals": [],\n',
        '  "paid_payee_count": null,\n',
        '  "redrawn": null,\n',
    ):
        assert line in text
        text = text.replace(line, "")
    assert read_answer(text) == bare
