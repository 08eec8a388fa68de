"""Which claims do the tests of pages look at? Sent by the same actions as in real life."""

from __future__ import annotations

import zlib
from typing import Any

from web_world import World, at_noon

from openspiff.web.actions import claims as acts
from openspiff.web.actions.claim_decisions import FeedNow, SeenClaim
from openspiff.web.actions.claims import ClaimFacts, NewClaim
from openspiff.web.actions.disputes import NewDispute, raise_dispute
from openspiff.web.actions.evidence import keep_files
from openspiff.web.models import Claim, Dispute
from openspiff.web.queries import feed, programs

TODAY = at_noon(3, 10)


def photo(seed: int = 1) -> bytes:
    """Return a small picture that a browser draws, another one for each seed."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return len(data).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)

    shade = bytes([90 + seed % 100, 140, 130])
    rows = b"".join(b"\0" + shade * 96 for _ in range(64))
    head = (96).to_bytes(4) + (64).to_bytes(4) + bytes([8, 2, 0, 0, 0])
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def facts(**said: Any) -> ClaimFacts:
    given = {
        "customer": "Harbor Foods",
        "occurred_at": at_noon(3, 4),
        "product_id": "GTX Pro",
        "amount_minor": 200_000,
        **said,
    }
    return ClaimFacts(**given)


def new_claim(world: World, token: str, files: Any = (), **said: Any) -> NewClaim:
    launched = programs.launched_programs(world.users["manager"])
    wanted = said.pop("program_id", "spring")
    return NewClaim(
        token=token,
        program=next(one for one in launched if one.program_id == wanted),
        facts=facts(**said),
        evidence=keep_files(files),
    )


def send(world: World, token: str = "t", role: str = "payee", **said: Any) -> Claim:  # noqa: S107
    """Send a claim as the payee's own user does."""
    return acts.send_claim(
        claim=new_claim(world, token, **said),
        acting_user=world.users[role],
        at=TODAY,
        as_of=TODAY,
    )


def seen(*rows: Claim) -> list[SeenClaim]:
    return [SeenClaim(row.pk, row.revision) for row in rows]


def feed_now(world: World) -> FeedNow:
    manager = world.users["manager"]
    return FeedNow(feed=feed.feed_files(manager), next_batch_no=feed.next_batch_no(manager))


def dispute(world: World, token: str = "d", event_id: str = "D-3", **said: Any) -> Dispute:  # noqa: S107
    """Raise a dispute about one of Ana's events."""
    given = {
        "source": "crm",
        "reason": "It was 1,800, not 800.",
        "known_at": at_noon(2, 12),
        "evidence": (),
        **said,
    }
    return raise_dispute(
        dispute=NewDispute(token=token, event_id=event_id, **given),
        acting_user=world.users["payee"],
        at=TODAY,
        as_of=TODAY,
    )


def add_claims(world: World) -> None:
    """Put three claims with evidence (one withdrawn) and a dispute on record."""
    send(world, "1", files=[("proof.png", photo(1))])
    send(world, "2", role="other_payee", files=[("proof.png", photo(2))])
    third = send(world, "3", customer="Third")
    acts.withdraw_claim(
        claim_id=third.pk, revision=1, acting_user=world.users["payee"], at=TODAY
    )
    dispute(world)
