"""Does a payee's claim arrive once, whole, and only where it may?"""

from __future__ import annotations

from typing import Any

import pytest
from claims_world import TODAY, facts, new_claim, photo, send
from django.db import IntegrityError
from program_texts import with_terms
from web_world import World, at_noon, candidates

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import claims as acts, evidence as evidence_acts, programs
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.evidence import EvidenceError, keep_files
from openspiff.web.models import AuditRow, Claim, ClaimStep, Evidence
from openspiff.web.queries import claims as look


def counts() -> tuple[int, int, int, int]:
    return (
        Claim.objects.count(),
        ClaimStep.objects.count(),
        Evidence.objects.count(),
        AuditRow.objects.filter(object_kind="claim").count(),
    )


def launch(world: World, text: str, program_id: str) -> None:
    manager = world.users["manager"]
    programs.add_program_draft(source_text=text, acting_user=manager, at=at_noon(1, 1))
    programs.launch_program(
        program_id=program_id,
        version=1,
        candidates=candidates(manager),
        acting_user=manager,
        at=at_noon(1, 1),
    )


def test_claim_is_sent_with_its_evidence_and_one_audit_row(world: World) -> None:
    row = send(world, files=[("a.png", photo(1)), ("b.txt", b"said so")])
    assert (row.state, row.revision, row.firm_id, row.kind) == (
        "sent",
        1,
        "north",
        "deal_won",
    )
    assert counts() == (1, 1, 2, 1)
    step = ClaimStep.objects.get()
    assert step.facts["customer"] == "Harbor Foods"
    assert [one.media_type for one in Evidence.objects.all()] == ["image/png", "text/plain"]
    audit = AuditRow.objects.get(object_kind="claim")
    assert (audit.action, audit.before, audit.after) == (
        "claim_sent",
        None,
        {"state": "sent", "revision": 1},
    )


def test_form_sent_twice_is_one_claim(world: World) -> None:
    first = send(world, "once", files=[("a.png", photo(1))])
    assert send(world, "once", customer="Other") == first
    assert counts() == (1, 1, 1, 1)
    assert send(world, "twice") != first


def test_same_file_twice_is_one_evidence_and_a_sixth_file_refuses_all(world: World) -> None:
    send(world, "1", files=[("a.png", photo(1)), ("copy.png", photo(1))])
    assert Evidence.objects.count() == 1
    before = counts()
    with pytest.raises(EvidenceError, match="too many"):
        send(world, "2", files=[(f"{n}.png", photo(n)) for n in range(6)])
    assert counts() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"MZ\x90\x00 program", "not a kind of file"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * (10 * 1024 * 1024), "larger than 10 MB"),
        (b"PK\x03\x04 no zip at all", "not a kind of file"),
        (b"text with a NUL \0", "not a kind of file"),
    ],
)
def test_other_files_are_refused_by_what_they_hold(
    world: World, content: bytes, message: str
) -> None:
    with pytest.raises(EvidenceError) as caught:
        keep_files([("fine.txt", b"fine"), ("proof.pdf", content)])
    assert [(one.place, message in one.message) for one in caught.value.problems] == [
        ("proof.pdf", True)
    ]
    assert list((world.home / "evidence").glob("*")) == []


def test_evidence_is_named_by_its_plain_name(world: World) -> None:
    row = send(world, files=[("..\\..\\etc/pass\nwd.png", photo(1))])
    assert [one.file_name for one in row.evidence.all()] == ["passwd.png"]


def test_file_that_is_gone_refuses_the_claim(world: World) -> None:
    claim = new_claim(world, "t", files=[("a.png", photo(1))])
    (evidence_acts.evidence_folder() / claim.evidence[0].digest).unlink()
    with pytest.raises(EvidenceError, match="missing"):
        acts.send_claim(
            claim=claim, acting_user=world.users["payee"], at=TODAY, as_of=TODAY
        )
    assert counts() == (0, 0, 0, 0)


def test_payee_outside_is_told_no_more_than_that_it_is_not_open(world: World) -> None:
    said = set()
    for payee_id in ("dan", "stranger"):  # held out by chance; never enrolled
        user = world.users["payee"]
        user.payee_id = payee_id
        user.save()
        with pytest.raises(acts.ClosedProgramError) as caught:
            send(world, payee_id)
        said.add(str(caught.value))
    assert len(said) == 1
    assert "not open to you" in said.pop()


@pytest.mark.parametrize("role", ["manager", "analyst", "firm_owner"])
def test_whoever_is_no_payee_does_not_claim(world: World, role: str) -> None:
    with pytest.raises(NotAllowedError):
        send(world, role=role)
    assert counts() == (0, 0, 0, 0)


def test_claim_after_the_last_day_is_refused_with_the_day(world: World) -> None:
    window = {"zone": "America/New_York", "reported_before": "2026-04-15"}
    text = with_terms(program_id="brisk", name="Brisk", window=window).replace(
        '"2026-04-15"', "2026-04-15"
    )
    launch(world, text, "brisk")
    claim = new_claim(world, "t", program_id="brisk")
    who: dict[str, Any] = {"acting_user": world.users["payee"], "at": TODAY}
    late = claim.program.window.reported_before_at
    with pytest.raises(acts.ClosedProgramError, match="until 14 April 2026"):
        acts.send_claim(claim=claim, as_of=late, **who)
    assert acts.send_claim(claim=claim, as_of=late - 1, **who).state == "sent"
    listed = look.programs_to_claim(world.users["payee"], as_of=late - 1)
    assert [one.program.program_id for one in listed] == ["brisk", "spring"]
    listed = look.programs_to_claim(world.users["payee"], as_of=late)
    assert [one.program.program_id for one in listed] == ["spring"]


def test_every_problem_is_told_at_once(world: World) -> None:
    with pytest.raises(acts.ClaimError) as caught:
        send(world, customer=" ", occurred_at=at_noon(5, 5), amount_minor=-1)
    assert [one.place for one in caught.value.problems] == [
        "customer",
        "occurred_on",
        "amount",
    ]
    assert counts() == (0, 0, 0, 0)


def test_withdrawn_claim_comes_back_whole_as_the_next_revision(world: World) -> None:
    row = send(world, files=[("a.png", photo(1))])
    payee = world.users["payee"]
    acts.withdraw_claim(claim_id=row.pk, revision=1, acting_user=payee, at=TODAY)
    again = new_claim(world, "u", files=[("a.png", photo(1))], amount_minor=250_000)
    for _ in range(2):  # the second is the same form again
        acts.resend_claim(
            claim_id=row.pk,
            revision=1,
            claim=again,
            acting_user=payee,
            at=TODAY,
            as_of=TODAY,
        )
    row.refresh_from_db()
    assert (row.state, row.revision, row.amount_minor) == ("sent", 2, 250_000)
    told = [
        (one.to_state, (one.facts or {}).get("amount_minor")) for one in row.steps.all()
    ]
    assert told == [("sent", 200_000), ("withdrawn", None), ("sent", 250_000)]
    assert [one.revision for one in row.evidence.all()] == [1, 2]
    assert AuditRow.objects.filter(object_kind="claim").count() == 3


def test_claim_that_changed_meanwhile_is_not_withdrawn(world: World) -> None:
    row = send(world)
    payee = world.users["payee"]
    acts.withdraw_claim(claim_id=row.pk, revision=1, acting_user=payee, at=TODAY)
    with pytest.raises(ConflictError, match="withdrawn by now"):
        acts.withdraw_claim(claim_id=row.pk, revision=1, acting_user=payee, at=TODAY)
    with pytest.raises(NotVisibleError):
        acts.withdraw_claim(
            claim_id=row.pk, revision=1, acting_user=world.users["other_payee"], at=TODAY
        )
    assert ClaimStep.objects.count() == 2


def test_what_a_claim_said_cannot_be_edited_in_place(world: World) -> None:
    row = send(world)
    for change in ({"amount_minor": 1}, {"payee_id": "ben"}, {"revision": 3}):
        with pytest.raises(IntegrityError):
            Claim.objects.filter(pk=row.pk).update(**change)
    assert facts().amount_minor == Claim.objects.get().amount_minor
