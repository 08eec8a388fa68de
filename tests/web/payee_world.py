"""What do the tests of a payee's pages add to the small install?"""

from __future__ import annotations

import datetime as dt
from typing import Any

from program_texts import with_terms
from web_world import ZONE, World, at_noon, book, candidates

from openspiff import web
from openspiff.ledger import iban_account
from openspiff.web.actions import programs
from openspiff.web.actions.payee_leaderboards import take_leaderboard
from openspiff.web.actions.payee_methods import set_payout_method
from openspiff.web.actions.payee_tax import NewStep, confirm_tax_rules, record_tax_form
from openspiff.web.queries.payee_leaderboards import final_ranks

IBAN = "DE89 3704 0044 0532 0130 00"
OTHER_IBAN = "GB29 NWBK 6016 1331 9268 19"


def launch(world: World, *, program_id: str, **terms: Any) -> None:
    """Launch one more program for everybody of the roster."""
    text = with_terms(
        program_id=program_id,
        name=program_id.capitalize(),
        **{"window": {"zone": ZONE}, **terms},
    )
    manager, at = world.users["manager"], at_noon(1, 2)
    programs.add_program_draft(source_text=text, acting_user=manager, at=at)
    programs.launch_program(
        program_id=program_id,
        version=1,
        candidates=candidates(manager),
        acting_user=manager,
        at=at,
    )


def set_account(
    world: World,
    *,
    role: str = "payee",
    iban: str = IBAN,
    after: int = 0,
    at: int = 5_000_000,
) -> Any:
    """Let a payee set an account."""
    web.ensure_payout_key(world.home)
    user = world.users[role]
    return set_payout_method(
        payee_id=user.payee_id,
        account=iban_account(holder="Ana Ruiz", iban=iban),
        after_number=after,
        nonce=f"{user.payee_id}{after}".encode().ljust(12, b"."),
        acting_user=user,
        at=at,
    )


def record_step(world: World, step: str, *, after: int, note: str = "") -> Any:
    """Let finance record a step of Ana's form."""
    return record_tax_form(
        payee_id="ana",
        new=NewStep(form="W-9", step=step, step_on=dt.date(2026, 3, 1), note=note),
        after_number=after,
        acting_user=world.users["finance"],
        at=6_000_000,
    )


def add_pages(world: World) -> None:
    """Add what the pages in a browser show: a race, a draw, an account that changed."""
    launch(world, program_id="race", leaderboard={"rank_by": "amount", "shows": "all"})
    draw = {"kind": "tickets", "prizes": [{"amount": "3000.00"}]}
    launch(world, program_id="lucky", payout=draw)
    steps = [{"from": 1, "amount": "50.00"}, {"from": 5, "amount": "75.00"}]
    launch(world, program_id="climb", payout={"kind": "count_tiers", "tiers": steps})
    book(world.users["finance"], at_noon(3, 10))
    set_account(world, at=at_noon(3, 1))
    set_account(world, iban=OTHER_IBAN, after=1, at=at_noon(3, 9))
    record_step(world, "received", after=0)
    record_step(world, "rejected", after=1, note="The signature is missing")


def add_payee_details(world: World) -> None:
    """Add one row to every table that this topic keeps."""
    set_account(world)
    record_step(world, "received", after=0)
    confirm_tax_rules(
        digest="0" * 64, rules=(), acting_user=world.users["finance"], at=7_000_000
    )
    launch(world, program_id="derby", leaderboard={"rank_by": "events"})

    book(world.users["finance"], at_noon(3, 12))
    found = final_ranks(world.users["manager"], "derby")
    take_leaderboard(
        program=found.program,
        ranked=found.ranked,
        last_sequence=found.last_sequence,
        acting_user=world.users["manager"],
        at=at_noon(4, 2),
    )
