"""What is there to look at when the demo is over? The next program, and people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from openspiff.cli._doors import Door

NEXT_NAME: Final = "Voice push Q3 2026"
PEOPLE: Final = ("payee", "owner", "manager", "finance", "checker", "analyst", "admin")
_NEXT_ID: Final = "voice-push-q3-2026"
_NEXT_SEED: Final = 20260628
_DAY: Final = 86_400_000_000


def launch_next(door: Door, user: Any, program_id: str) -> None:
    """Launch the same terms two quarters later, with a draw of their own."""
    from openspiff.cli._workspace import candidates
    from openspiff.web.actions import programs as program_actions
    from openspiff.web.actions.programs_draft import clone_program

    at = door.now()
    clone_program(
        program_id=program_id,
        new_id=_NEXT_ID,
        name=NEXT_NAME,
        months=6,
        seed=_NEXT_SEED,
        acting_user=user,
        at=at,
    )
    program_actions.launch_program(
        program_id=_NEXT_ID,
        version=1,
        candidates=candidates(user, at),
        acting_user=user,
        at=at,
    )


def settle_people(door: Door, user: Any, passwords: Mapping[str, str]) -> None:
    """Let one person of each role in, the payee with a claim for somebody to decide."""
    from openspiff.web.actions.people import demo_users
    from openspiff.web.queries.people import payee

    payee_id = _payee_to_show(user)
    people = demo_users(
        payee_id=payee_id,
        firm_id=payee(user, payee_id).firm_id,
        passwords=dict(passwords),
        acting_user=user,
        at=door.now(),
    )
    _claim(people[0], door.now())


def _payee_to_show(user: Any) -> str:
    """Return a payee whose pages have all there is: a clawback, and the next program."""
    from openspiff.web.queries.books import payees_with
    from openspiff.web.queries.programs import programs_open_to

    for payee_id in payees_with(user, "clawback"):
        found = programs_open_to(user, payee_id)
        if any(one.program.program_id == _NEXT_ID for one in found):
            return payee_id
    message = "nobody of the demo's market was clawed back and is in the next program"
    raise ValueError(message)


def _claim(payee: Any, at: int) -> None:
    """Let a payee claim what no export told yet."""
    from openspiff.web.actions.claims import ClaimFacts, NewClaim, send_claim
    from openspiff.web.queries.claims import program_to_claim

    facts = ClaimFacts(
        customer="Harbor Foods",
        occurred_at=at - _DAY,
        product_id="Voice Desk Plus",
        revenue_type="subscription",
        quantity=12,
        amount_minor=1_684_800,
        note="Signed on paper; the office is closed until Monday.",
    )
    claim = NewClaim(
        token="demo",  # noqa: S106 (it names the form that was sent, no secret)
        program=program_to_claim(payee, _NEXT_ID),
        facts=facts,
    )
    send_claim(claim=claim, acting_user=payee, at=at, as_of=at)
