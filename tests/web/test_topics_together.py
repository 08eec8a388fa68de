"""Do claims, pauses, batches and the pages of payees know of each other?"""

from __future__ import annotations

from typing import Any

import pytest
from claims_world import TODAY, seen, send
from django.test import Client
from finance_world import approve, pay, prepare
from web_world import World, add_answer, at_noon

from openspiff.web.actions.claim_decisions import reject_claims
from openspiff.web.actions.claims import ClosedProgramError
from openspiff.web.actions.programs_intake import pause_intake, resume_intake
from openspiff.web.models import Claim
from openspiff.web.queries.board import board
from openspiff.web.queries.payee_home import home_for


def test_paused_program_takes_no_claim_until_it_goes_on(world: World) -> None:
    manager = world.users["manager"]
    pause_intake(
        program_id="spring", reason="We look into doubles.", acting_user=manager, at=1
    )
    with pytest.raises(ClosedProgramError, match="We look into doubles"):
        send(world)
    resume_intake(program_id="spring", acting_user=manager, at=2)
    assert send(world).state == "sent"


def test_paused_program_says_why_wherever_its_payees_claim(
    client: Client, world: World, settings: Any
) -> None:
    settings.OPENSPIFF_AT = TODAY
    client.force_login(world.users["payee"])
    new = "/claims/new/spring/"
    for url in ("/home/", "/claims/new/"):
        assert f'href="{new}"' in client.get(url).content.decode()
    pause_intake(
        program_id="spring",
        reason="We look into doubles.",
        acting_user=world.users["manager"],
        at=1,
    )
    for url in ("/home/", "/claims/new/"):
        page = client.get(url).content.decode()
        assert f'href="{new}"' not in page
        assert "We look into doubles." in page
    assert "We look into doubles." in client.get(new).content.decode()
    typed = {"token": "t", "customer": "Harbor Foods", "occurred_on": "2026-03-04"}
    kept = client.post(new, typed)
    assert kept.status_code == 409
    assert "We look into doubles." in kept.content.decode()
    assert 'value="Harbor Foods"' in kept.content.decode()
    assert not Claim.objects.exists()


def test_program_leads_to_its_measurement_verdict_and_links(
    client: Client, world: World
) -> None:
    add_answer(world)

    def links(role: str) -> set[str]:
        client.force_login(world.users[role])
        page = client.get("/programs/spring/").content.decode()
        wanted = ("measured", "verdict", "links")
        return {one for one in wanted if f'href="/programs/spring/{one}/"' in page}

    assert links("manager") == {"measured", "verdict", "links"}
    assert links("analyst") == {"measured", "links"}


@pytest.mark.parametrize(
    ("role", "url"),
    [
        ("payee", "/home/"),
        ("firm_owner", "/firms/north/"),
        ("finance", "/finance/"),
        ("manager", "/programs/"),
        ("analyst", "/programs/"),
        ("administrator", "/programs/"),
    ],
)
def test_everybody_begins_at_their_own_work(
    client: Client, world: World, role: str, url: str
) -> None:
    client.force_login(world.users[role])
    assert client.get("/").headers["Location"] == url


def test_waiting_claims_are_a_task_of_the_board_that_leads_to_them(
    client: Client, world: World
) -> None:
    send(world, "a")
    send(world, "b", customer="Others")
    (task,) = [
        one for one in board(world.users["manager"], at=TODAY).tasks if one.kind == "claims"
    ]
    assert (task.program_id, task.number) == ("spring", 2)
    client.force_login(world.users["manager"])
    page = client.get("/programs/").content.decode()
    assert "2 claims wait for an answer." in page
    assert "/claims/queue/?program=spring" in page


def test_rejected_claim_waits_for_its_payee_at_home(client: Client, world: World) -> None:
    row = send(world)
    client.force_login(world.users["payee"])
    told = "Look at the claims that were rejected"
    assert told not in client.get("/home/").content.decode()
    reject_claims(
        seen=seen(row), reason="No proof.", acting_user=world.users["manager"], at=TODAY
    )
    assert told in client.get("/home/").content.decode()


def test_approved_money_is_told_apart_from_provisional_until_it_is_paid(
    world: World,
) -> None:
    at, ana = at_noon(3, 20), world.users["payee"]
    batch = prepare(world.users["finance"], at)

    def sums() -> tuple[int, int, int]:
        (one,) = home_for(ana, at=at).sums
        return one.provisional_minor, one.approved_minor, one.paid_minor

    assert sums() == (105_00, 0, 195_00)
    approve(batch, world.users["checker"], at + 1)
    assert sums() == (0, 105_00, 195_00)
    pay(batch, world.users["finance"], at + 2)
    assert sums() == (0, 0, 300_00)
