"""What when several managers decide at the same moment? One is first, all are told."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from claims_world import TODAY
from databases import Database
from django.db import connections
from program_texts import with_terms

from openspiff.events import Feed
from openspiff.web.actions import claim_decisions as acts, claims as sending, people
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.people import NewUser
from openspiff.web.actions.programs import add_program_draft, launch_program
from openspiff.web.models import AuditRow, Claim, ClaimStep, EventBatch
from openspiff.web.queries import feed
from openspiff.web.queries.programs import launched_programs

MANAGERS = 5


@pytest.fixture
def managers(database: Database, tmp_path: Path, settings: Any) -> list[Any]:  # noqa: ARG001
    """Return managers of an install in which one program is launched."""
    settings.OPENSPIFF_HOME = tmp_path
    operator = people.ensure_operator(at=1)
    add_program_draft(
        source_text=with_terms(window={"zone": "UTC"}), acting_user=operator, at=1
    )
    launch_program(
        program_id="sprint", version=1, candidates=[], acting_user=operator, at=1
    )
    return [
        people.add_user(
            user=NewUser(username=f"m{number}", role="manager"),
            acting_user=operator,
            at=1,
        )
        for number in range(MANAGERS)
    ]


def send(payee_id: str, token: str, **said: Any) -> Claim:
    operator = people.ensure_operator(at=1)
    user = people.add_user(
        user=NewUser(username=token, role="payee", payee_id=payee_id),
        acting_user=operator,
        at=1,
    )
    given = {"customer": f"Customer {token}", "occurred_at": TODAY, **said}
    claim = sending.NewClaim(
        token=token,
        program=launched_programs(operator)[0],
        facts=sending.ClaimFacts(**given),
    )
    return sending.send_claim(claim=claim, acting_user=user, at=TODAY, as_of=TODAY)


def at_once(managers: list[Any], act: Callable[[int, Any, acts.FeedNow], Any]) -> list[str]:
    """Let all act together, each on a connection of its own; return what became of it."""
    barrier = threading.Barrier(len(managers))

    def work(pair: tuple[int, Any]) -> str:
        number, manager = pair
        try:
            now = acts.FeedNow(
                feed=feed.feed_files(manager), next_batch_no=feed.next_batch_no(manager)
            )
            barrier.wait(timeout=120)
            act(number, manager, now)
        except (acts.DecidedError, sending.ClaimError):
            return "told"
        except ConflictError:
            return "again"
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(managers)) as pool:
        return list(pool.map(work, enumerate(managers)))


def test_claim_is_approved_once_by_whoever_is_first(managers: list[Any]) -> None:
    row = send("ann", "one")
    answers = at_once(
        managers,
        lambda _number, manager, now: acts.approve_claims(
            seen=[acts.SeenClaim(row.pk, 1)], feed=now, acting_user=manager, at=TODAY
        ),
    )
    assert Counter(answers) == {"done": 1, "told": MANAGERS - 1}
    assert ClaimStep.objects.filter(to_state="approved").count() == 1
    assert AuditRow.objects.filter(action="claim_approved").count() == 1
    assert [one.batch_no for one in EventBatch.objects.all()] == [1]


def test_deal_claimed_by_several_is_approved_for_one(managers: list[Any]) -> None:
    rows = [send(f"p{n}", f"t{n}", subject_id="D-1") for n in range(MANAGERS)]
    answers = at_once(
        managers,
        lambda number, manager, now: acts.approve_claims(
            seen=[acts.SeenClaim(rows[number].pk, 1)],
            feed=now,
            acting_user=manager,
            at=TODAY,
        ),
    )
    assert answers.count("done") == 1
    assert Claim.objects.filter(state="approved").count() == 1
    assert EventBatch.objects.count() == 1


def test_other_claims_at_once_are_batches_without_gap_or_told_to_try_again(
    managers: list[Any],
) -> None:
    rows = [send(f"p{n}", f"t{n}") for n in range(MANAGERS)]
    answers = at_once(
        managers,
        lambda number, manager, now: acts.approve_claims(
            seen=[acts.SeenClaim(rows[number].pk, 1)],
            feed=now,
            acting_user=manager,
            at=TODAY,
        ),
    )
    done = answers.count("done")
    assert done >= 1
    assert set(answers) <= {"done", "again"}
    numbers = EventBatch.objects.order_by("batch_no").values_list("batch_no", flat=True)
    assert list(numbers) == list(range(1, done + 1))
    assert Claim.objects.filter(state="approved").count() == done
    assert isinstance(feed.feed_files(managers[0]), Feed)
