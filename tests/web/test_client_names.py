"""Does the client say and show what the server says and shows, by the same names?"""

from __future__ import annotations

import datetime as dt
import importlib.util
import inspect
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from client_world import server_of
from house.sources import ROOT
from web_world import World, add_answer, at_noon

import openspiff
from openspiff.client import (
    ClaimFactsGiven,
    ClaimGiven,
    ConnectError,
    EventGiven,
    PayeeShare,
    ServerError,
    _asking,
    _looking,
    _machinery,
    _operations,
    _running,
    _server,
)
from openspiff.program import terms_page
from openspiff.web.models import Claim, KeptAnswer
from openspiff.web.queries.books import payee_statement
from openspiff.web.queries.programs import program_versions

CLAIM = ClaimGiven(
    program_id="spring",
    customer="Blue Sky",
    occurred_on=dt.date(2026, 2, 3),
    product_id="GTX Pro",
    amount_minor=200_000,
)


@pytest.fixture(autouse=True)
def in_spring(settings: Any) -> None:
    """Count days as of March 2026, when the program runs."""
    settings.OPENSPIFF_AT = at_noon(3, 12)


def make_client() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "make_client", ROOT / "docs" / "make_client.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_shapes_and_operations_are_those_of_the_schema_today() -> None:
    assert list(make_client().stale()) == []


def test_a_stale_module_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = make_client()
    monkeypatch.setattr(module, "modules", lambda: {"_asking.py": "x = 1\n"})
    assert list(module.stale())[-1:] == ["_asking.py"]


def test_every_operation_can_be_asked() -> None:
    text = "".join(map(inspect.getsource, (_server, _running, _looking, _machinery)))
    assert [name for name in _operations.OPERATIONS if f'"{name}"' not in text] == []


def test_programs_and_terms_are_those_of_the_library(world: World) -> None:
    with server_of(world.users["analyst"]) as server:
        (one,) = server.programs()
        assert (one.program_id, one.starts_on) == (
            "spring",
            server.program("spring").starts_on,
        )
        assert [old.version for old in server.versions("spring")] == [1]
        terms = server.terms("spring")
        stored = program_versions(world.users["analyst"], "spring")[0]
        assert terms.text == terms_page(stored.program)
        assert server.terms("spring", version=1) == terms
        assert list(server.programs(state="draft")) == []


def test_claim_is_sent_read_withdrawn_sent_again_and_approved(world: World) -> None:
    ana, boss = server_of(world.users["payee"]), server_of(world.users["manager"])
    sent = ana.send_claim(CLAIM, key="crm-1")
    assert ana.send_claim(CLAIM, key="crm-1") == sent
    assert [one.claim_id for one in ana.claims()] == [sent.claim_id]
    assert ana.withdraw_claim(sent.claim_id).state == "withdrawn"
    facts = ClaimFactsGiven(
        customer="Blue Sky Ltd",
        occurred_on=dt.date(2026, 2, 3),
        product_id="GTX Pro",
        amount_minor=200_000,
    )
    again = ana.resend_claim(sent.claim_id, facts)
    assert (again.revision, again.customer) == (2, "Blue Sky Ltd")
    done = boss.decide_claims("approve", boss.claims(state="waiting"))
    assert (done.decision, done.claim_count) == ("approve", 1)
    assert [step.to_state for step in ana.claim(sent.claim_id).steps][-1] == "approved"
    # Every write had a key, though only one was named.
    assert KeptAnswer.objects.count() == 4


def test_what_somebody_else_changed_meanwhile_is_not_changed_blindly(world: World) -> None:
    ana = server_of(world.users["payee"])
    claim_id = ana.send_claim(CLAIM).claim_id
    ana.claim(claim_id)
    server_of(world.users["payee"]).withdraw_claim(claim_id)
    with pytest.raises(ServerError, match="changed meanwhile") as caught:
        ana.withdraw_claim(claim_id)
    assert (caught.value.code, caught.value.status) == ("precondition_failed", 412)


def test_events_are_told_once_and_read_back(world: World, tmp_path: Path) -> None:
    boss = server_of(world.users["manager"])
    deal = EventGiven(
        event_id="D-900",
        kind="deal_won",
        status="done",
        payees=(PayeeShare(payee_id="ana"),),
        currency="USD",
        occurred_at=at_noon(2, 5),
        product_id="GTX Pro",
        amount_minor=500_000,
    )
    told = boss.add_events("crm", [deal])
    assert (told.new_count, told.known_count) == (1, 0)
    assert boss.add_events("crm", [deal]).known_count == 1
    other = json.dumps(attrs.asdict(attrs.evolve(deal, event_id="D-901")))
    file = tmp_path / "more.ndjson"
    file.write_text(other + "\n", encoding="utf-8")
    assert boss.add_event_file("crm", file).new_count == 1
    with pytest.raises(ConnectError, match="nothing was sent"):
        boss.add_event_file("crm", tmp_path / "more.csv")
    assert [one.revision for one in boss.event("crm", "D-900")] == [1]
    assert {"D-900", "D-901"} <= {one.event_id for one in boss.events(source="crm")}
    wrong = attrs.evolve(deal, event_id="D-902", payees=(PayeeShare(payee_id=""),))
    with pytest.raises(ServerError) as caught:
        boss.add_events("crm", [deal, wrong])
    assert any("1.payees" in one.place for one in caught.value.problems)


def test_payees_firms_statements_and_reasons_are_those_of_the_books(world: World) -> None:
    with server_of(world.users["analyst"]) as server:
        assert {one.payee_id for one in server.payees()} == {"ana", "ben", "cleo", "dan"}
        assert [one.payee_id for one in server.payees(firm_id="south")] == ["cleo", "dan"]
        assert server.payee("ana").firm_id == "north"
        firms = {one.firm_id: one for one in server.firms()}
        assert firms["north"].has_consent
        assert server.firm("north").payee_count == 2
        statement = server.statement("ana")
        booked = payee_statement(world.users["analyst"], "ana", zone=statement.zone)
        assert {one.currency: one.owed_minor for one in statement.balances} == dict(
            booked.balances
        )
        month = statement.months[0].month
        assert {one.month for one in server.statement("ana", month=month).months} == {month}
        assert b"accrual" in server.statement_csv("ana", month=month)
        every = server.entitlements("ana")
        one = server.explain("ana", source=every[0].source, event_id=every[0].event_id)
        assert one == every[:1]


def test_run_is_booked_as_it_was_seen(world: World) -> None:
    with server_of(world.users["finance"]) as server:
        seen = server.evaluate()
        runs = list(server.runs())
        booked = server.book(seen, key="close of March")
        assert booked.run_id == seen.run_id
        assert server.book(seen, key="close of March") == booked
        assert list(server.runs()) == [*runs, booked]
        assert server.run(booked.run_number) == booked
        with pytest.raises(ServerError) as caught:
            server.book("run-of-yesterday")
        assert caught.value.status == 409


def test_reports_are_read_by_whoever_may(world: World) -> None:
    add_answer(world)
    with server_of(world.users["analyst"]) as server:
        (measured,) = server.measurements("spring")
        report = server.report("spring", measured.measurement_id)
        assert report.figures["headline"]["name"] == "gross effect"
        with pytest.raises(ServerError) as caught:
            server.report_pdf("spring", measured.measurement_id)
        assert caught.value.code == "not_visible"  # written as a page only
    with pytest.raises(ServerError) as caught:
        server_of(world.users["payee"], "programs:read").measurements("spring")
    assert caught.value.code == "not_allowed"


def test_long_lists_come_page_after_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_asking, "PAGE", 2)
    ana = server_of(world.users["payee"])
    numbers = [
        ana.send_claim(ClaimGiven(**vars_of(CLAIM) | {"customer": f"C{n}"})).claim_id
        for n in range(5)
    ]
    assert [one.claim_id for one in ana.claims()] == numbers


def vars_of(claim: ClaimGiven) -> dict[str, Any]:
    return {one.name: getattr(claim, one.name) for one in attrs.fields(ClaimGiven)}


def test_all_problems_come_with_their_places_and_the_code_of_the_library(
    world: World,
) -> None:
    ana = server_of(world.users["payee"])
    wrong = ClaimGiven(**vars_of(CLAIM) | {"amount_minor": -1, "quantity": 0})
    with pytest.raises(openspiff.OpenSpiffError, match="does not fit") as caught:
        ana.send_claim(wrong)
    assert caught.value.code == "invalid"
    assert {one.place for one in caught.value.problems} == {
        "body.amount_minor",
        "body.quantity",
    }
    assert Claim.objects.count() == 0


def test_walls_are_those_of_the_pages(world: World) -> None:
    claim_id = server_of(world.users["payee"]).send_claim(CLAIM).claim_id
    with pytest.raises(ServerError) as caught:
        server_of(world.users["other_payee"]).claim(claim_id)
    assert (caught.value.code, caught.value.status) == ("not_visible", 404)
    with pytest.raises(ServerError) as caught:
        server_of(world.users["payee"], "programs:read").send_claim(CLAIM)
    assert (caught.value.code, caught.value.status) == ("not_allowed", 403)
    # Of this error only: the class goes on with its own code.
    assert ServerError("x").code == "server"


def test_what_cannot_be_sent_is_refused_here(world: World) -> None:
    ana = server_of(world.users["payee"])
    with pytest.raises(ConnectError, match="cannot be a key"):
        ana.send_claim(CLAIM, key="crm\n1")
    strange = ClaimGiven(**vars_of(CLAIM) | {"margin_minor": float("nan")})
    with pytest.raises(ConnectError, match="nothing was sent"):
        ana.send_claim(strange)
    with pytest.raises(ServerError) as caught:
        ana.program("../claims")
    assert caught.value.status == 404
    assert Claim.objects.count() == 0


def test_evidence_goes_with_a_claim_and_comes_back(world: World, tmp_path: Path) -> None:
    ana = server_of(world.users["payee"])
    (tmp_path / "order.txt").write_text("Order 7")
    kept = ana.keep_evidence(tmp_path / "order.txt", key="order 7")
    assert ana.keep_evidence(tmp_path / "order.txt", key="order 7") == kept
    sent = ana.send_claim(attrs.evolve(CLAIM, evidence=(kept.kept,)))
    (one,) = ana.claim(sent.claim_id).evidence
    assert ana.evidence(one.evidence_id) == b"Order 7"
    with pytest.raises(ConnectError, match="nothing was sent"):
        ana.keep_evidence(tmp_path / "none.txt")
    assert ana.statement_pdf("ana", month="2026-02").startswith(b"%PDF")


def test_import_is_taken_back_as_it_was_read(world: World) -> None:
    boss = server_of(world.users["manager"])
    last = next(one for one in boss.imports() if one.what == "batches")
    draft = boss.undo_import("batches", last.number)
    assert [one.draft_id for one in boss.import_drafts()] == [draft.draft_id]
    assert boss.import_draft(draft.draft_id).state == "working"
    with pytest.raises(ServerError) as caught:
        boss.save_import_draft(draft.draft_id)
    assert caught.value.code == "import_state"
    boss.discard_import_draft(draft.draft_id)
    assert list(boss.import_drafts()) == []
    assert boss.imported("batches", last.number) == last


def test_figures_and_pictures_are_looked_at(world: World) -> None:
    with server_of(world.users["finance"]) as server:
        live = server.live("spring")
        name = live.pictures[0].name
        assert b"<svg" in server.live_picture("spring", name, coat="dark")
        odd = server.finance_exceptions()
        assert server.finance_overview().exception_count == odd.count
        assert {one.name for one in server.finance_pictures()} >= {"budgets"}
        assert b"<svg" in server.finance_picture("budgets")
        assert server.library().missing_count == 3
        assert server.share_links("spring") == ()
