"""Is there an answer to "what would change it" for every reason?"""

from __future__ import annotations

import datetime as dt
from string import Formatter

import pytest

from openspiff.program import Clawback, ClawbackShape, day_start
from openspiff.rules import REASONS, REMEDIES, loss_sentence, remedy_sentence

REST = "the share of the days that are left would be taken back."
FACTS = {
    "behavior": "deal_won",
    "ends_at": day_start(dt.date(2026, 4, 1), "America/New_York"),
    "duplicate_of": "crm/D-1",
    "min_amount_minor": 100_000,
    "min_margin_ppm": 200_000,
    "min_term_months": 36,
    "min_quantity": 5,
}


def test_every_reason_has_one() -> None:
    assert set(REMEDIES) == set(REASONS)


@pytest.mark.parametrize("is_over", [False, True])
@pytest.mark.parametrize("code", REASONS)
def test_every_sentence_is_whole(code: str, *, is_over: bool) -> None:
    said = remedy_sentence(code, FACTS, "USD", zone="America/New_York", is_over=is_over)
    assert said.endswith(".")
    assert "not stated" not in said
    assert "{" not in said


@pytest.mark.parametrize("code", REASONS)
def test_no_fact_is_named_that_is_not_tried_here(code: str) -> None:
    text = REMEDIES[code].while_open + REMEDIES[code].once_over
    named = {name for _, name, _, _ in Formatter().parse(text) if name}
    assert named <= set(FACTS)


def test_amounts_days_and_shares_are_filled_in() -> None:
    asked = {"zone": "America/New_York", "is_over": False}
    said = [
        remedy_sentence(code, FACTS, "USD", **asked)
        for code in (  # type: ignore[arg-type]
            "below_amount",
            "below_margin",
            "not_done",
        )
    ]
    assert said[0].startswith("An amount of $1,000.00 or more.")
    assert said[1].startswith("A known margin of 20% of the amount or more.")
    assert said[2] == "That it is done before 2026-04-01 00:00."


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("before_window", "Nothing: it came before the window, and the window is over."),
        ("after_window", "Nothing: the window is over."),
        ("not_done", "Only a record that it was done before 2026-04-01 00:00"),
        ("wrong_behavior", "Nothing: it is another kind of event"),
    ],
)
def test_once_the_window_is_over_no_new_event_is_promised(code: str, said: str) -> None:
    found = remedy_sentence(code, FACTS, "USD", zone="America/New_York", is_over=True)
    assert found.startswith(said)


@pytest.mark.parametrize(
    ("clawback", "said"),
    [
        (Clawback(), "It would be taken back if the event were cancelled."),
        (
            Clawback(shape=ClawbackShape.CLIFF, days=90),
            "It would be taken back if cancelled within 90 days of the event.",
        ),
        (
            Clawback(shape=ClawbackShape.PRO_RATA, days=1),
            "If cancelled within 1 day of the event, " + REST,
        ),
        (
            Clawback(shape=ClawbackShape.NONE),
            "Once it is paid, a cancellation takes nothing back.",
        ),
    ],
)
def test_amount_that_stands_says_what_would_take_it_back(
    clawback: Clawback, said: str
) -> None:
    assert loss_sentence(clawback) == said
