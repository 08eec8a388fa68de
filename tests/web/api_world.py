"""Which machines call in the tests? A token of each role, for all that the role may."""

from __future__ import annotations

import itertools
import json
from typing import Any

import attrs
from django.http import HttpResponse
from django.test import Client
from web_world import World

from openspiff.web.access import scopes_for
from openspiff.web.actions.calls import Answer, KeyedCall, answer_once
from openspiff.web.actions.tokens import NewToken, Secret, make_token

DAY = 86_400_000_000
LATER = 4_000_000_000_000_000  # 2096: tokens of the tests hold
_NUMBERS = itertools.count(1)


def token_of(user: Any, *scopes: str, at: int | None = None, days: int = 90) -> str:
    """Return a token of a user, for everything where no scopes are named."""
    import time  # noqa: PLC0415

    number = next(_NUMBERS)
    secret = Secret(name=f"test{number}", secret=f"{number:x}" * 40)
    make_token(
        token=NewToken(
            label=f"machine {number}", scopes=scopes or scopes_for(user), days=days
        ),
        secret=secret,
        acting_user=user,
        at=time.time_ns() // 1000 if at is None else at,
    )
    return str(secret)


@attrs.frozen
class Machine:
    """A caller with a token."""

    token: str
    client: Client = attrs.field(factory=Client)

    def get(self, url: str, **headers: str) -> HttpResponse:
        """Ask."""
        said = {"Authorization": f"Bearer {self.token}"} | headers
        return self.client.get(f"/api/v1{url}", headers=said)  # type: ignore[return-value]

    def send(self, url: str, body: Any = None, **headers: str) -> HttpResponse:
        """Post JSON; a text or bytes go as they are."""
        said = {"Authorization": f"Bearer {self.token}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        content_type = said.pop("Content-Type", "application/json")
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(  # type: ignore[return-value]
            f"/api/v1{url}", data, content_type=content_type, headers=said
        )


def machine(user: Any, *scopes: str) -> Machine:
    """Return a machine that acts as a user."""
    return Machine(token_of(user, *scopes))


def add_calls(world: World) -> None:
    """Make a token of the manager, number 1, and keep an answer for ever."""
    user = world.users["manager"]
    token_of(user, "programs:read")
    call = KeyedCall(key="k", call="POST /x", body_digest="0" * 64, is_kept=True)
    answer = Answer(status=201, body="{}", headers={})
    answer_once(call=call, work=lambda: answer, acting_user=user, at=1)
