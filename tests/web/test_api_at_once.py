"""What when one call comes twice at the same moment? It is done once, on every database."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import pytest
from databases import Database
from django.db import connections

from openspiff.errors import OpenSpiffError
from openspiff.web.actions import calls, people
from openspiff.web.actions.calls import (
    Answer,
    ConflictError,
    KeyedCall,
    answer_once,
    take_calls,
)
from openspiff.web.actions.people import NewUser
from openspiff.web.actions.tokens import NewToken, Secret, make_token, revoke_token
from openspiff.web.models import ApiToken, AuditRow, KeptAnswer
from openspiff.web.worker import Plan, _loop
from openspiff.web.worker._loop import Worker

MANY = 8


@pytest.fixture
def user(database: Database, tmp_path: Path, settings: Any) -> Any:  # noqa: ARG001
    """Return a manager of an empty install."""
    settings.OPENSPIFF_HOME = tmp_path
    operator = people.ensure_operator(at=1)
    new = NewUser(username="mia", role="manager")
    return people.add_user(user=new, acting_user=operator, at=1)


def at_once(act: Any) -> list[str]:
    """Let many act together, each on a connection of its own; return what became of it."""
    barrier = threading.Barrier(MANY)

    def one(number: int) -> str:
        barrier.wait()
        try:
            return str(act(number))
        except OpenSpiffError as error:
            return error.code
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def test_work_under_one_key_is_done_once(user: Any) -> None:
    call = KeyedCall(key="k", call="POST /x", body_digest="0" * 64, is_kept=True)

    def work() -> Answer:
        people.set_profile(name="Mia", email="", acting_user=user, at=1)
        return Answer(status=201, body="done", headers={})

    before = AuditRow.objects.count()
    found = Counter(
        at_once(lambda _: answer_once(call=call, work=work, acting_user=user, at=1).body)
    )
    # Whoever comes while the first is at work is told so, or waits and gets its answer.
    assert set(found) <= {"done", "idempotency_key_busy"}
    assert found["done"] >= 1
    assert KeptAnswer.objects.count() == 1
    assert AuditRow.objects.count() == before + 1


def test_work_that_fails_leaves_neither_key_nor_change(user: Any) -> None:
    call = KeyedCall(key="k", call="POST /x", body_digest="0" * 64, is_kept=False)

    def work() -> Answer:
        people.set_profile(name="Other", email="", acting_user=user, at=1)
        message = "the power went off"
        raise RuntimeError(message)

    before = AuditRow.objects.count()
    with pytest.raises(RuntimeError):
        answer_once(call=call, work=work, acting_user=user, at=1)
    assert (KeptAnswer.objects.count(), AuditRow.objects.count()) == (0, before)
    user.refresh_from_db()
    assert user.name == ""


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_refused", [True, False])
def test_answer_that_came_while_we_looked_is_the_answer(
    user: Any, *, is_refused: bool
) -> None:
    call = KeyedCall(key="k", call="POST /x", body_digest="0" * 64, is_kept=True)

    def first() -> None:
        answer = {"status": 201, "headers": {}, "body": "first", "answered_at": 1}
        KeptAnswer.objects.create(user=user, **attrs.asdict(call), **answer)
        connections["default"].close()

    def work() -> Answer:
        AuditRow.objects.create(acted_at=1, action="x", object_kind="x", object_id="x")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(first).result()
        if is_refused:
            raise ConflictError("somebody has done that already")
        return Answer(status=201, body="second", headers={})

    answer = answer_once(call=call, work=work, acting_user=user, at=1)
    assert (answer.body, answer.is_replayed) == ("first", True)
    assert not AuditRow.objects.filter(action="x").exists()


def test_calls_of_a_minute_never_pass_the_limit_together(user: Any) -> None:
    token = new_token(user)
    found = at_once(
        lambda _: take_calls(token_id=token.pk, count=3, limit=10, at=60_000_001)
    )
    assert Counter(one == "None" for one in found) == {False: 3, True: MANY - 3}
    assert ApiToken.objects.get().call_count == 9
    assert take_calls(token_id=token.pk, count=3, limit=10, at=120_000_000) == 7


def test_token_is_taken_back_once(user: Any) -> None:
    token = new_token(user)
    found = at_once(lambda _: revoke_token(token_id=token.pk, acting_user=user, at=3))
    assert Counter(found) == {"None": 1, "conflict": MANY - 1}
    assert AuditRow.objects.filter(action="revoke_token").count() == 1


def test_old_answers_go_but_not_those_where_money_moved(user: Any) -> None:
    answer = Answer(status=200, body="", headers={})
    for number in range(4):
        call = KeyedCall(key=f"k{number}", call="", body_digest="", is_kept=number % 2 == 0)
        answer_once(call=call, work=lambda: answer, acting_user=user, at=number // 2)
    month = 30 * 24 * 60 * calls.MINUTE
    assert calls.drop_old_answers(at=month + 1) == 1
    assert set(KeptAnswer.objects.values_list("key", flat=True)) == {"k0", "k2", "k3"}


def test_worker_lets_go_of_old_answers_in_pieces(
    user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "OLD_AT_ONCE", 2)
    monkeypatch.setattr(_loop, "OLD_AT_ONCE", 2)
    answer = Answer(status=200, body="", headers={})
    for number in range(6):
        call = KeyedCall(key=f"k{number}", call="", body_digest="", is_kept=number == 0)
        answer_once(call=call, work=lambda: answer, acting_user=user, at=number)
    said: list[str] = []
    worker = Worker(plan=Plan(is_once=True), works=lambda _: None, say=said.append)  # type: ignore[arg-type,return-value]
    # Five are old: the first round takes two of them, the last one finds no more.
    lefts = []
    for _ in range(4):
        worker._tidy(1e9)  # noqa: SLF001
        lefts.append(KeptAnswer.objects.count())
    assert lefts == [4, 2, 1, 1]
    late = KeyedCall(key="late", call="", body_digest="", is_kept=False)
    answer_once(call=late, work=lambda: answer, acting_user=user, at=1)
    worker.run()
    assert set(KeptAnswer.objects.values_list("key", flat=True)) == {"k0", "late"}
    worker = Worker(plan=Plan(is_once=True), works=lambda _: None, say=said.append)  # type: ignore[arg-type,return-value]
    worker.run()
    assert set(KeptAnswer.objects.values_list("key", flat=True)) == {"k0"}


def new_token(user: Any) -> ApiToken:
    return make_token(
        token=NewToken(label="Night import", scopes=("programs:read",), days=9),
        secret=Secret(name="abc", secret="x" * 40),
        acting_user=user,
        at=2,
    )
