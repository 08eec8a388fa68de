"""Does the answer warn where leavers or colleagues blur what chance had set apart?"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import attrs
import numpy as np
import pytest
from measure_worlds import Shifts, at, enrol, shifting_program, shifting_sales

from openspiff.events import Feed, feed_from_rows
from openspiff.measure import Answer, Caution, measure_worth
from openspiff.program import Enrolment

# More than 200 units are not re-drawn for a p-value, which nothing here looks at.
COUNT, FIRM_SIZE = 240, 8
NUMBER = np.arange(COUNT)
FIRM = NUMBER // FIRM_SIZE
EVERY_OTHER = NUMBER % 2 == 0
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """Return sales that no program moves, so that anyone may count as treated."""
    folder = tmp_path_factory.mktemp("sides")
    return shifting_sales(folder, Shifts(), is_treated=EVERY_OTHER, firm=FIRM, rate=1.0)


@pytest.fixture
def ask(feed: Feed, tmp_path: Path) -> Ask:
    """Return a measurement of who was treated, of which firms, without those who left."""

    def measured(
        is_treated: np.ndarray = EVERY_OTHER,
        *,
        has_firms: bool = True,
        firm: np.ndarray = FIRM,
        left: tuple[int, ...] = (),
    ) -> Answer:
        gone = at(2024, 7, 20, 0)
        rows = [
            {
                "payee_id": f"p{one:03d}",
                "firm_id": f"f{firm[one]:02d}" if has_firms else "",
                "before_at": gone if one in left else 2**62,
            }
            for one in NUMBER.tolist()
        ]
        roster = feed_from_rows([], tmp_path, payees=rows)
        return measure_worth(
            shifting_program(),
            feed=attrs.evolve(feed, payees=roster.payees),
            enrolment=enrolment_of(is_treated, firm if has_firms else None),
            paid_minor=100_000,
            paid_units=200.0,
            as_of=at(2024, 9, 20),
            seed=1,
        )

    return measured


def enrolment_of(is_treated: np.ndarray, firm: np.ndarray | None) -> Enrolment:
    held = {f"p{one:03d}": not bool(is_treated[one]) for one in NUMBER.tolist()}
    if firm is None:
        return enrol(held)
    return enrol(held, firms={f"p{one:03d}": f"f{firm[one]:02d}" for one in NUMBER})


def held_out(count: int) -> tuple[int, ...]:
    return tuple(np.flatnonzero(~EVERY_OTHER)[:count].tolist())


def treated(count: int) -> tuple[int, ...]:
    return tuple(np.flatnonzero(EVERY_OTHER)[:count].tolist())


def said(answer: Answer, code: str) -> list[Caution]:
    return [one for one in answer.warnings if one.code == code]


def test_colleagues_on_both_sides_are_counted_and_whole_firms_advised(ask: Ask) -> None:
    # The first firm is treated whole, so one firm less holds both sides.
    (caution,) = said(ask(EVERY_OTHER | (FIRM == 0)), "mixed_firms")
    assert caution.sentence.startswith("29 of 30 firms hold treated and held-out payees")
    assert "makes the lift look smaller" in caution.sentence
    assert "Hold out whole firms next time." in caution.sentence


def test_one_firm_is_said_without_advice_that_nobody_could_follow(ask: Ask) -> None:
    answer = ask(firm=np.zeros_like(FIRM))
    (caution,) = said(answer, "one_firm")
    assert caution.sentence.startswith("All payees, treated and held out, are of one firm")
    assert "Hold out whole teams or branches next time." in caution.sentence
    assert said(answer, "mixed_firms") == []


@pytest.mark.parametrize(("count", "unit"), [(3, "teams or branches"), (4, "firms")])
def test_whole_firms_are_advised_where_there_are_two_for_either_side(
    ask: Ask, count: int, unit: str
) -> None:
    (caution,) = said(ask(firm=NUMBER % (2 * count) // 2), "mixed_firms")
    assert caution.sentence.startswith(f"{count} of {count} firms hold treated")
    assert f"Hold out whole {unit} next time." in caution.sentence


def test_whole_firms_held_out_have_no_colleagues_to_warn_of(ask: Ask) -> None:
    assert said(ask(FIRM % 2 == 0), "mixed_firms") == []


def test_payees_without_a_firm_are_nobody_s_colleagues(ask: Ask) -> None:
    assert said(ask(has_firms=False), "mixed_firms") == []


@pytest.mark.parametrize(
    ("left", "is_ok"),
    [
        (held_out(6), False),
        (treated(6), False),
        # The same gap where many leave anyway: chance may well have made it.
        ((*held_out(18), *treated(12)), False),
        (held_out(5), True),
        ((*held_out(6), *treated(6)), True),
    ],
    ids=["held out", "treated", "beside others", "a smaller gap", "no gap"],
)
def test_gap_of_a_twentieth_in_who_left_fails_its_check(
    ask: Ask, left: tuple[int, ...], is_ok: bool
) -> None:
    answer = ask(left=left)
    (check,) = [one for one in answer.checks if one.code == "attrition"]
    assert check.is_ok is is_ok


def test_warning_of_uneven_leaving_names_its_bounds(ask: Ask) -> None:
    answer = ask(left=held_out(6))
    (caution,) = said(answer, "attrition")
    number = r"(-?\d[\d.]*(?:e-\d+)?)"
    found = re.search(rf"lies between {number} and {number}\.$", caution.sentence)
    assert found is not None, caution.sentence
    low, high = map(float, found.groups())
    gross = next(one for one in answer.estimates if one.name == "gross")
    assert low < gross.value < high
    assert "95.0% of the held out stayed" in caution.sentence


def test_even_leaving_is_not_bounded(ask: Ask) -> None:
    left = (*held_out(6), *treated(6))
    assert said(ask(left=left), "attrition") == []
