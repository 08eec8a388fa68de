"""Are the customers that payees won in a window found, with what became of them?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from measure_worlds import DAY, at, enrol, make_program

from openspiff.events import Feed, feed_from_rows
from openspiff.measure import measure_worth
from openspiff.run import with_customers
from openspiff.value import WorthError, customers_won

AS_OF = at(2024, 10, 4)  # sixty days after the window
INSIDE = at(2024, 7, 10)


def sale(number: int, payee: str, customer: str, when: int, **more: Any) -> dict[str, Any]:
    return {
        "event_id": f"e{number}",
        "payee_id": payee,
        "customer_id": customer,
        "occurred_at": when,
        "recorded_at": when,
        "amount_minor": 100_000,
        "margin_minor": 40_000,
        **more,
    }


def won(feed: Feed, **more: Any) -> Any:
    given = {"treated": {"a"}, "others": {"b"}, "as_of": AS_OF, **more}
    return customers_won(make_program(), feed=feed, **given)


def test_first_sale_decides_who_won_a_customer_and_when(tmp_path: Path) -> None:
    rows = [
        sale(1, "a", "new", INSIDE),
        sale(2, "b", "new", INSIDE + 7 * DAY),
        sale(3, "b", "old", at(2024, 5, 1)),
        sale(4, "a", "old", INSIDE),
        sale(5, "b", "other", INSIDE),
        sale(6, "z", "nobody's", INSIDE),
    ]
    found = won(feed_from_rows(rows, tmp_path))
    assert found.sales.payee.tolist() == ["a", "b"]
    assert found.sales.is_inside.tolist() == [True, False]
    # Both sales to the new customer count, whoever made the second.
    assert found.margin_minor.tolist() == [80_000.0, 40_000.0]
    assert found.horizon_days == 60


def test_shared_event_is_one_sale_and_its_margin_whole(tmp_path: Path) -> None:
    shared = {"payee_count": 2}
    rows = [
        sale(1, "b", "c", INSIDE, share_ppm=400_000, **shared),
        sale(1, "a", "c", INSIDE, share_ppm=600_000, **shared),
    ]
    found = won(feed_from_rows(rows, tmp_path))
    assert found.sales.payee.tolist() == ["a"]  # the larger share
    assert found.margin_minor.tolist() == [40_000.0]


def test_margin_beyond_the_horizon_is_left_out(tmp_path: Path) -> None:
    rows = [sale(1, "a", "c", INSIDE), sale(2, "a", "c", INSIDE + 61 * DAY)]
    assert won(feed_from_rows(rows, tmp_path)).margin_minor.tolist() == [40_000.0]


def test_sale_cancelled_since_is_a_customer_lost(tmp_path: Path) -> None:
    rows = [
        sale(1, "a", "c", INSIDE, status="cancelled", status_at=INSIDE + 9 * DAY),
        sale(2, "b", "d", INSIDE),
    ]
    found = won(feed_from_rows(rows, tmp_path))
    assert found.left_after_days.tolist() == [9.0, np.inf]
    assert found.margin_minor.tolist() == [0.0, 40_000.0]


def test_margin_that_some_event_does_not_tell_is_not_guessed(tmp_path: Path) -> None:
    rows = [sale(1, "a", "c", INSIDE, margin_minor=None), sale(2, "b", "d", INSIDE)]
    assert won(feed_from_rows(rows, tmp_path)).margin_minor is None


def test_window_that_has_not_ended_or_won_nobody_is_refused(tmp_path: Path) -> None:
    feed = feed_from_rows([sale(1, "a", "c", INSIDE)], tmp_path)
    with pytest.raises(WorthError, match="long enough"):
        won(feed, as_of=at(2024, 7, 20))
    with pytest.raises(WorthError, match="won no customer"):
        won(feed, treated={"x"}, others={"y"})


def test_answer_says_what_became_of_the_customers(tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    rows, number = [], 0
    for payee in range(40):
        for week in range(22):
            day = at(2024, 4, 12) + week * 7 * DAY
            for _ in range(3):
                number += 1
                is_lost = draw.random() < (0.4 if payee % 2 == 0 else 0.1)
                more = (
                    {"status": "cancelled", "status_at": day + 5 * DAY} if is_lost else {}
                )
                name = f"p{payee:02d}"
                rows.append(sale(number, name, f"c{number}", day, **more))
    feed = feed_from_rows(rows, tmp_path)
    enrolment = enrol({f"p{one:02d}": one % 2 == 1 for one in range(40)})
    program = make_program()
    answer = measure_worth(
        program,
        feed=feed,
        enrolment=enrolment,
        paid_minor=100_000,
        paid_units=100.0,
        as_of=AS_OF,
        seed=1,
    )
    told = with_customers(answer, program, feed=feed, enrolment=enrolment, seed=1)
    lost = next(one for one in told.customers if "lost" in one.name)
    # Four in ten of those won by the treated were cancelled, one in ten of the others.
    assert lost.low <= 0.3 <= lost.high  # type: ignore[operator]
    assert lost.excludes_zero
    worth = next(one for one in told.customers if "margin" in one.name)
    assert worth.low <= -0.3 * 40_000 <= worth.high  # type: ignore[operator]
    assert worth.excludes_zero
    alone = with_customers(answer, program, feed=feed, enrolment=None, seed=1)
    assert "customers won" in dict(alone.not_possible)
