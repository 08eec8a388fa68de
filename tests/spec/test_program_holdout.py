"""Who is kept out by chance, and is the chance the same for everyone?"""

from __future__ import annotations

from collections import Counter
from typing import Any

import attrs
import pytest
from hypothesis import given, strategies as st
from program_texts import program_with

from openspiff.program import (
    Candidate,
    Enrolment,
    Holdout,
    Program,
    ProgramError,
    add_joiners,
    assign_holdout,
    enrolment_from_rows,
    enrolment_rows,
    holdout_sentence,
)


def program(share: str = "30%", *, seed: int = 1, **more: Any) -> Program:
    return program_with(holdout={"share": share, "seed": seed, **more})


def payees(*counts: int, first: int = 0) -> list[Candidate]:
    """Return so many payees of region 0, of region 1 and so on, five to a firm."""
    regions = [region for region, count in enumerate(counts) for _ in range(count)]
    return [
        Candidate(payee_id=f"p{n}", firm_id=f"f{n // 5}", region=f"r{region}")
        for n, region in enumerate(regions, start=first)
    ]


def test_share_is_exact_in_all_and_off_by_less_than_one_in_each_stratum() -> None:
    enrolment = assign_holdout(program(strata=["region"]), payees(7, 13, 31, 149))
    assert len(enrolment.held_out_ids()) == 60
    found = Counter(row.stratum for row in enrolment.rows if row.is_held_out)
    for stratum, size in (("r0", 7), ("r1", 13), ("r2", 31), ("r3", 149)):
        assert abs(found[f"region={stratum}"] - 0.3 * size) < 1


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=6),
    st.integers(1, 99),
    st.integers(0, 10**9),
)
def test_share_of_any_audience_is_off_by_less_than_one_payee(
    counts: list[int], percent: int, seed: int
) -> None:
    terms = program(f"{percent}%", seed=seed, strata=["region"])
    held_out = assign_holdout(terms, payees(*counts)).held_out_ids()
    assert abs(len(held_out) - sum(counts) * percent / 100) < 1


def test_every_payee_has_the_same_chance_also_in_strata_of_one() -> None:
    draws = 4_000
    people = payees(1, 1, 3, 6)
    found: Counter[str] = Counter()
    base, holdout = program(), Holdout(share_ppm=250_000, strata=("region",))
    for seed in range(draws):
        terms = attrs.evolve(base, holdout=attrs.evolve(holdout, seed=seed))
        found.update(assign_holdout(terms, people).held_out_ids())
    # Binomial standard deviation 0.0068; five of them, eleven payees.
    assert all(abs(found[one.payee_id] / draws - 0.25) < 0.035 for one in people)


def test_order_of_payees_is_irrelevant() -> None:
    people = payees(20, 30)
    turned = [*people[17:], *people[16::-1]]
    terms = program(strata=["region"])
    assert assign_holdout(terms, people) == assign_holdout(terms, turned)


def test_seed_and_program_decide_the_draw() -> None:
    people = payees(50)
    drawn = assign_holdout(program(), people).held_out_ids()
    assert assign_holdout(program(), people).held_out_ids() == drawn
    assert assign_holdout(program(seed=2), people).held_out_ids() != drawn
    other = program_with(program_id="other", holdout={"share": "30%", "seed": 1})
    assert assign_holdout(other, people).held_out_ids() != drawn


def test_draw_is_the_same_on_every_machine_and_for_ever() -> None:
    # The recorded outcome of this seed; a change here breaks every launched program.
    held_out = assign_holdout(program(), payees(10)).held_out_ids()
    assert sorted(held_out) == ["p2", "p4", "p6"]


def test_only_the_audience_is_enrolled() -> None:
    terms = program_with(
        audience={"regions": ["r1"]},
        exclusions={"firm_ids": ["f2"]},
        holdout={"share": "50%", "seed": 1},
    )
    enrolment = assign_holdout(terms, payees(10, 10))
    assert [row.payee_id for row in enrolment.rows] == ["p15", "p16", "p17", "p18", "p19"]


def test_without_a_holdout_everyone_may_earn() -> None:
    enrolment = assign_holdout(program_with(), payees(5))
    assert len(enrolment.rows) == 5
    assert enrolment.held_out_ids() == frozenset()
    assert holdout_sentence(program_with()) == ""


def test_firms_are_drawn_whole_within_the_stratum_of_most_of_their_payees() -> None:
    terms = program("50%", unit="firm", strata=["region"])
    people = [
        Candidate(payee_id="a", firm_id="f1", region="east"),
        Candidate(payee_id="b", firm_id="f1", region="west"),
        Candidate(payee_id="c", firm_id="f1", region="west"),
        Candidate(payee_id="d", firm_id="f2", region="west"),
        Candidate(payee_id="e", firm_id="f2", region="east"),
        *payees(40),
    ]
    rows = assign_holdout(terms, people).rows
    lots = {row.firm_id: row.is_held_out for row in rows}
    assert all(lots[row.firm_id] == row.is_held_out for row in rows)
    assert {row.stratum for row in rows if row.firm_id == "f1"} >= {"region=r0"}
    strata = {row.payee_id: row.stratum for row in assign_holdout(terms, people[:5]).rows}
    assert strata["a"] == strata["c"] == "region=west"
    assert strata["d"] == strata["e"] == "region=east"  # one each: the first by name
    assert sum(lots.values()) in {len(lots) // 2, len(lots) // 2 + len(lots) % 2}


def test_payee_without_a_firm_cannot_be_drawn_by_firm() -> None:
    with pytest.raises(ProgramError, match="needs the firm of every payee") as caught:
        assign_holdout(program(unit="firm"), [Candidate(payee_id="a")])
    assert caught.value.problems[0].place == "a"


def test_payee_listed_twice_is_refused() -> None:
    people = payees(3)
    with pytest.raises(ProgramError, match="enrolled once") as caught:
        assign_holdout(program(), [*people, people[1]])
    assert [str(one) for one in caught.value.problems] == [
        "listed 2 times @ p1 (list the payee once)"
    ]


def test_joiners_are_marked_and_change_nobody() -> None:
    terms = program()
    launched = assign_holdout(terms, payees(50))
    joined = add_joiners(terms, launched, payees(2_050))
    assert [row for row in joined.rows if not row.is_joiner] == list(launched.rows)
    joiners = [row for row in joined.rows if row.is_joiner]
    assert len(joiners) == 2_000
    # Binomial standard deviation 20; four of them.
    assert abs(sum(row.is_held_out for row in joiners) - 600) < 80


def test_joiners_fare_the_same_in_one_batch_or_in_two() -> None:
    terms = program(unit="firm")
    launched = assign_holdout(terms, payees(50))
    first = add_joiners(terms, launched, payees(100))
    assert add_joiners(terms, first, payees(200)) == add_joiners(
        terms, launched, payees(200)
    )
    assert add_joiners(terms, first, payees(100)) == first


def test_joiner_of_a_drawn_firm_shares_its_lot() -> None:
    terms = program("50%", unit="firm", strata=["region"])
    launched = assign_holdout(terms, payees(50))
    lots = {row.firm_id: row for row in launched.rows}
    new = [
        Candidate(payee_id=f"new-{n}", firm_id=f"f{n}", region="elsewhere")
        for n in range(10)
    ]
    for row in add_joiners(terms, launched, new).rows:
        lot = lots[row.firm_id]
        assert (row.is_held_out, row.stratum) == (lot.is_held_out, lot.stratum)


def test_joiners_cannot_enter_the_draw_of_another_seed() -> None:
    launched = assign_holdout(program(), payees(5))
    with pytest.raises(ProgramError, match="recorded at launch"):
        add_joiners(program(seed=2), launched, payees(6))


def test_enrolment_comes_back_from_its_rows_in_any_order() -> None:
    enrolment = assign_holdout(program(strata=["region"]), payees(5, 6))
    rows = enrolment_rows(enrolment)[::-1]
    assert enrolment_from_rows(rows, program_id="sprint", seed=1) == enrolment
    with pytest.raises(ProgramError, match="no enrolment of other"):
        enrolment_from_rows(rows, program_id="other", seed=1)
    with pytest.raises(ProgramError, match="no enrolment of sprint"):
        enrolment_from_rows([*rows, rows[0]], program_id="sprint", seed=1)
    assert enrolment_from_rows([], program_id="x", seed=0) == Enrolment("x", 0, ())


def test_fairness_is_said_in_one_sentence() -> None:
    sentence = holdout_sentence(program("12.5%", unit="firm", strata=["tier", "region"]))
    assert sentence == (
        "So that we can tell what the program adds, 12.5% of the firms in its audience, "
        "within each tier and region alike, cannot earn in it: chance alone chose them "
        "before the start, everyone had the same chance, nobody's results or opinions "
        "played a part, and anyone can repeat the draw."
    )
