"""Do a payee's pages ask both databases in a way that both understand?"""

from __future__ import annotations

from typing import Any

from databases import Database
from program_texts import with_terms

from openspiff.program import Candidate
from openspiff.web.actions import programs
from openspiff.web.actions.people import NewUser, add_user, ensure_operator
from openspiff.web.models import PayeeName, Transfer
from openspiff.web.queries.payee_home import home_for
from openspiff.web.queries.payee_leaderboards import final_ranks, leaderboard
from openspiff.web.queries.programs import programs_open_to

AT = 1_770_000_000_000_000  # in February 2026


def _book(sequence: int, kind: str, payee_id: str, event_id: str, amount: int) -> None:
    is_correction = kind in {"reversal", "clawback"}
    Transfer.objects.create(
        sequence=sequence,
        transfer_key=f"{event_id}/{payee_id}/{sequence}",
        kind=kind,
        debit_account="a",
        credit_account="b",
        amount_minor=amount,
        currency="USD",
        program_id="race",
        version=1,
        source="crm",
        event_id=event_id,
        payee_id=payee_id,
        firm_id="north",
        number=1,
        run_id="r",
        effective_at=AT,
        recorded_at=AT,
        reason="less" if is_correction else "",
        corrects="x" if is_correction else "",
    )


def _race(**board: str) -> Any:
    operator = ensure_operator(at=1)
    for number in range(4):
        PayeeName.objects.create(
            payee_id=f"p{number}", name=f"Payee {number}", firm_id="north"
        )
    text = with_terms(program_id="race", leaderboard={"rank_by": "amount", **board})
    programs.add_program_draft(source_text=text, acting_user=operator, at=1)
    programs.launch_program(
        program_id="race",
        version=1,
        candidates=[
            Candidate(payee_id=f"p{number}", firm_id="north") for number in range(3)
        ],
        acting_user=operator,
        at=1,
    )
    return operator


def test_places_follow_what_is_taken_back_and_not_what_is_paid(database: Database) -> None:
    operator = _race()
    _book(1, "accrual", "p0", "e0", 300_00)
    _book(2, "accrual", "p1", "e1", 200_00)
    _book(3, "payout", "p1", "e1", 200_00)
    _book(4, "accrual", "p2", "e2", 250_00)
    _book(5, "clawback", "p0", "e0", 300_00)
    _book(6, "reversal", "p2", "e2", 50_00)
    found = final_ranks(operator, "race")
    places = [(one.place, one.payee_id, one.entitled_minor) for one in found.ranked]
    assert places == [(1, "p1", 200_00), (1, "p2", 200_00)], database.vendor
    before = final_ranks(operator, "race", last_sequence=4).ranked
    assert [one.payee_id for one in before] == ["p0", "p2", "p1"]
    assert leaderboard(operator, "race").ranked_count == 2


def test_home_shows_programs_to_those_enrolled_only(database: Database) -> None:
    operator = _race(shows="all")
    _book(1, "accrual", "p0", "e0", 300_00)
    homes = {}
    for payee_id in ("p1", "p3"):
        new = NewUser(username=payee_id, role="payee", payee_id=payee_id)
        user = add_user(user=new, acting_user=operator, at=1)
        homes[payee_id] = home_for(user, at=AT)
    assert [one.program.program_id for one in homes["p1"].programs] == ["race"]
    assert homes["p3"].programs == (), database.vendor
    (win,) = homes["p1"].others_wins
    assert (win.name, win.firm_id, win.amount_minor) == ("Payee", "north", 300_00)
    assert homes["p3"].others_wins == ()
    # Where nobody was enrolled, everybody may earn.
    text = with_terms(program_id="open")
    programs.add_program_draft(source_text=text, acting_user=operator, at=1)
    programs.launch_program(
        program_id="open", version=1, candidates=[], acting_user=operator, at=1
    )
    found = programs_open_to(operator, "p3")
    assert [one.program.program_id for one in found] == ["open"]
