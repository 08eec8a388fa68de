"""Do the checks ask what they can tell, and say what they found the right way round?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import attrs
import pytest
from measure_worlds import at, daily_sales, enrol, make_program, measured as ask

from openspiff.events import Feed, feed_from_rows
from openspiff.measure import Answer, Check
from openspiff.program import Audience, Enrolment, Holdout
from openspiff.run import with_customers

World = tuple[Feed, Enrolment | None, int]


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> World:
    return daily_sales(tmp_path_factory.mktemp("flat"))


def check(answer: Answer, code: str) -> Check | None:
    return next((one for one in answer.checks if one.code == code), None)


def test_holdout_that_was_planned_and_never_drawn_is_missed(flat: World) -> None:
    nobody = enrol({f"p{one:03d}": False for one in range(60)})
    for enrolment in (nobody, None):
        found = check(ask((flat[0], enrolment, 0)), "sample_ratio")
        assert found is not None
        assert not found.is_ok
        assert "0 of 60" in found.sentence
        assert "40.0% were to be" in found.sentence
    unplanned = ask((flat[0], None, 0), program=make_program(holdout=None))
    assert check(unplanned, "sample_ratio") is None


@pytest.mark.parametrize(
    ("factor", "words"), [(3, "They began early"), (0, "held back for it")]
)
def test_leak_of_the_announcement_is_told_by_its_sign(
    tmp_path: Path, factor: int, words: str
) -> None:
    # In the last two weeks before the window the treated sell thrice as much, or nothing.
    feed, enrolment, _ = daily_sales(tmp_path)
    treated = {row.payee_id for row in enrolment.rows if not row.is_held_out}
    first, last = dt.date(2024, 6, 17), dt.date(2024, 7, 1)
    days = [first + dt.timedelta(days=one) for one in range((last - first).days)]
    more: list[dict[str, Any]] = [
        {
            "event_id": f"more-{name}-{day}",
            "payee_id": name,
            "occurred_at": at(day.year, day.month, day.day),
            "amount_minor": 100_000,
            "margin_minor": 40_000,
        }
        for name in sorted(treated)
        for day in days
    ]
    if factor == 0:
        more = [
            {**one, "payee_id": row.payee_id, "event_id": f"{row.payee_id}{n}"}
            for row in enrolment.rows
            if row.is_held_out
            for n, one in enumerate(more[: len(days)])
        ]
    extra = feed_from_rows(more, tmp_path / "more")
    joined = attrs.evolve(feed, events=(*feed.events, *extra.events))
    found = check(ask((joined, enrolment, 0)), "announcement_leak")
    assert found is not None
    assert not found.is_ok
    assert words.lower() in found.sentence.lower()
    assert (found.value or 0.0) * (factor - 1) > 0


def test_nobody_is_compared_with_a_side_that_is_empty(tmp_path: Path, flat: World) -> None:
    # One payee is outside the audience, and left before the window.
    roster = [
        {"payee_id": f"p{one:03d}", "firm_id": f"f{one % 12}", "region": "west"}
        for one in range(60)
    ]
    gone = {
        "payee_id": "gone",
        "firm_id": "f1",
        "region": "east",
        "before_at": at(2024, 6, 1),
    }
    written = feed_from_rows([], tmp_path / "roster", payees=[*roster, gone])
    feed = attrs.evolve(flat[0], payees=written.payees)
    program = make_program(audience=Audience(regions=("west",)))
    answer = ask((feed, flat[1], 0), program=program)
    assert check(answer, "attrition") is not None
    assert check(answer, "attrition_ineligible") is None


def test_few_payees_cannot_tell_that_they_sold_alike(tmp_path: Path, flat: World) -> None:
    few = daily_sales(tmp_path, payee_count=11, seed=6)
    apart = check(ask(few), "balance")
    assert apart is not None
    assert abs(apart.value or 0.0) > 0.25
    assert not apart.is_ok
    assert "cannot tell" in apart.sentence
    many = check(ask(flat), "balance")
    assert many is not None
    assert many.is_ok
    assert "cannot tell" not in many.sentence


def test_sides_that_are_too_few_are_not_called_nobody(flat: World) -> None:
    held = {f"p{one:03d}": one < 3 for one in range(60)}
    few = ask((flat[0], enrol(held), 0), program=make_program(holdout=None))
    assert few.headline is None
    assert few.why_tier.startswith("Too few are held out and everybody")
    none = ask((flat[0], None, 0), program=make_program(holdout=None))
    assert none.why_tier.startswith("Nobody was held out and everybody could take part")


def test_customers_without_a_holdout_have_nobody_to_be_compared_with(flat: World) -> None:
    program = make_program(holdout=Holdout(share_ppm=400_000))
    answer = ask((flat[0], None, 0), program=program)
    told = with_customers(answer, program, feed=flat[0], enrolment=None, seed=1)
    assert "nobody was held out" in dict(told.not_possible)["customers won"]
