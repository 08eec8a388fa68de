"""Does a manager see the money before, decide once, and undo by a new record?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from claims_world import TODAY, photo, seen, send
from django.test import Client
from web_world import DAY, World

from openspiff.web.actions.claim_decisions import reject_claims
from openspiff.web.models import Claim, EventBatch

DECIDE = "/claims/decide/"


def text_of(response: Any) -> str:
    main = response.content.decode().split("<main")[-1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#x27;", "'")


def named(*rows: Claim) -> list[str]:
    return [f"{row.pk}.{row.revision}" for row in rows]


def preview(client: Client, act: str, *rows: Claim) -> str:
    response = client.get(DECIDE, {"act": act, "claim": named(*rows)})
    assert response.status_code == 200
    return text_of(response)


@pytest.fixture
def manager(client: Client, world: World) -> Client:
    client.force_login(world.users["manager"])
    return client


def test_approval_shows_the_money_then_is_done_and_undone(
    manager: Client, world: World
) -> None:
    rows = [
        send(world, "1", role="other_payee", amount_minor=100_000),
        send(world, "2", customer="Small", amount_minor=90_000),
    ]
    text = preview(manager, "approve", *rows)
    for words in (
        "Approve: 2 claims",
        "Would be earned $50.00",
        "would pay nothing. The amount is $900.00; $1,000.00 is the least that counts.",
    ):
        assert words in text
    assert EventBatch.objects.count() == 2
    sent = {"act": "approve", "claim": named(*rows), "back": "state=all&q=&evil=1"}
    answer = manager.post(DECIDE, sent)
    assert answer.status_code == 302
    where = answer.headers["Location"]
    assert where.startswith("/claims/queue/?state=all")
    text = text_of(manager.get(where))
    assert "2 claims approved" in text
    assert EventBatch.objects.count() == 3
    assert "Would be taken back $50.00" in preview(manager, "undo", rows[0])
    sent = {"act": "undo", "claim": named(*rows), "template": "Decided by mistake."}
    assert manager.post(DECIDE, sent).status_code == 302
    assert {one.state for one in Claim.objects.all()} == {"undone"}


def test_late_manager_is_told_who_was_first_and_what_is_left(
    manager: Client, world: World
) -> None:
    first, second = send(world, "1"), send(world, "2", customer="Other Inn")
    reject_claims(
        seen=seen(first), reason="No.", acting_user=world.users["administrator"], at=TODAY
    )
    answer = manager.post(DECIDE, {"act": "approve", "claim": named(first, second)})
    text = text_of(answer)
    assert answer.status_code == 409
    assert f"{first}: is rejected by ada" in text
    assert "Left out, for they are decided:" in text
    assert f'value="{named(second)[0]}"' in answer.content.decode()
    assert f'value="{named(first)[0]}"' not in answer.content.decode()
    assert (
        manager.post(DECIDE, {"act": "approve", "claim": named(first)}).status_code == 409
    )


def test_rejection_needs_a_reason_and_the_payee_reads_it(
    manager: Client, world: World
) -> None:
    row = send(world)
    assert manager.post(DECIDE, {"act": "reject", "claim": named(row)}).status_code == 409
    sent = {
        "act": "reject",
        "claim": named(row),
        "template": "The customer does not confirm it.",
        "reason": "I called on Monday.",
    }
    assert manager.post(DECIDE, sent).status_code == 302
    manager.force_login(world.users["payee"])
    text = text_of(manager.get(f"/claims/{row.pk}/"))
    assert "The customer does not confirm it. I called on Monday." in text


def test_nobody_decides_their_own_on_the_page(manager: Client, world: World) -> None:
    row = send(world)
    user = world.users["manager"]
    user.payee_id = "ana"
    user.save()
    assert "data-key" not in manager.get("/claims/queue/").content.decode()
    for act in ("approve", "reject"):
        said = {"act": act, "claim": named(row), "reason": "Mine."}
        assert manager.get(DECIDE, said).status_code == 403
        assert manager.post(DECIDE, said).status_code == 403
    row.refresh_from_db()
    assert row.state == "sent"


@pytest.mark.parametrize(
    "claim", ["", "1", "x.y", "1.1.1", "-1.1", "9" * 30 + ".1", "999999999999999.1"]
)
def test_strange_names_are_not_found(manager: Client, world: World, claim: str) -> None:
    send(world)
    for act in ("approve", "bury", ""):
        assert manager.get(DECIDE, {"act": act, "claim": claim}).status_code == 404
        assert manager.post(DECIDE, {"act": act, "claim": claim}).status_code == 404


def test_queue_is_filtered(manager: Client, world: World) -> None:
    from openspiff.web.views._doors import now_at  # noqa: PLC0415

    old = send(world, "1", customer="Old Mill")
    new = send(world, "2", role="other_payee", customer="New Mill")
    found = {
        query: [
            one for one in ("Old Mill", "New Mill") if one in text_of(manager.get(query))
        ]
        for query in (
            "/claims/queue/",
            "/claims/queue/?firm=south",
            "/claims/queue/?program=spring",
            "/claims/queue/?program=none",
            "/claims/queue/?q=ana+ruiz",
            f"/claims/queue/?q=c-{new.pk}",
            f"/claims/queue/?q={'9' * 30}",
            "/claims/queue/?q=mill&state=approved",
            "/claims/queue/?days=3",
            "/claims/queue/?days=x&state=y&page=z",
        )
    }
    both = ["Old Mill", "New Mill"]
    assert list(found.values()) == [
        both,
        ["New Mill"],
        both,
        [],
        ["Old Mill"],
        ["New Mill"],
        [],
        [],
        both if now_at() - TODAY > 3 * DAY else [],
        both,
    ]
    assert old.pk < new.pk


def test_near_duplicates_stand_beside_each_other_and_an_analyst_only_reads(
    client: Client, world: World
) -> None:
    shot = [("a.png", photo(1))]
    send(world, "1", files=shot)
    send(world, "2", role="other_payee", customer="harbor foods", files=shot)
    client.force_login(world.users["analyst"])
    page = client.get("/claims/queue/")
    text = text_of(page)
    assert "Cleo Park" in text
    assert text.count("the same file as proof, another firm, the same customer") == 2
    assert "act=approve" not in page.content.decode()
    assert "Approve chosen" not in text
