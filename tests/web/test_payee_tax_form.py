"""Does everybody see how far a tax form came, and does only finance move it?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from payee_world import record_step, set_account
from web_world import World

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.payee_tax import TaxFormError
from openspiff.web.models import AuditRow, TaxFormStep, TaxRuleConfirmation
from openspiff.web.queries.payee_tax import TaxSettingError, expected_form, tax_form

URL = "/payees/ana/tax-form/"
RECEIVED = {"step": "received", "step_on": "2026-03-01", "note": "", "after_number": "0"}


def read(client: Client, url: str = URL) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(url).content.decode()))


def test_payee_reads_what_is_expected_and_where_it_stands(
    client: Client, world: World
) -> None:
    client.force_login(world.users["payee"])
    text = read(client)
    assert "W-9 not received yet" in text
    assert "Expected of somebody who works for a firm" in text
    assert "from $2,000 on for 2026" in text
    assert "As of 4 Jul 2025: Internal Revenue Code" in text
    assert "Nobody has confirmed these rules" in text
    assert "Record the next step" not in text


def test_finance_records_the_steps(client: Client, world: World) -> None:
    client.force_login(world.users["finance"])
    assert client.post(URL, RECEIVED).status_code == 302
    said = RECEIVED | {"step": "verified", "after_number": "1"}
    assert client.post(URL, said).status_code == 302
    found = tax_form(world.users["payee"], "ana")
    assert found.state == "verified"
    assert [one.step for one in found.steps] == ["verified", "received"]
    rows = AuditRow.objects.filter(action="record_tax_form").order_by("pk")
    assert [row.after["step"] for row in rows if row.after] == ["received", "verified"]
    client.force_login(world.users["payee"])
    assert "W-9 verified" in read(client)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"step": "verified"}, "Only a form that was received is verified."),
        ({"step": "rejected"}, "A form that is sent back says why."),
        ({"step": "eaten"}, "Select a valid choice."),
        ({"step_on": "2999-01-01"}, "This day has not come yet."),
        ({"step_on": "yesterday"}, "Enter a valid date."),
    ],
)
def test_step_that_does_not_fit_is_told_and_what_was_typed_is_kept(
    client: Client, world: World, said: dict[str, str], told: str
) -> None:
    client.force_login(world.users["finance"])
    response = client.post(URL, RECEIVED | {"note": ""} | said)
    assert response.status_code == 400
    page = response.content.decode()
    assert told in page
    assert f'value="{(RECEIVED | said)["step_on"]}"' in page
    assert not TaxFormStep.objects.exists()


def test_form_that_is_sent_back_waits_for_the_payee_again(world: World) -> None:
    record_step(world, "received", after=0)
    record_step(world, "rejected", after=1, note="not signed")
    found = tax_form(world.users["payee"], "ana")
    assert (found.state, found.is_missing, found.last_number) == ("rejected", True, 2)


def test_second_of_two_is_refused(world: World) -> None:
    record_step(world, "received", after=0)
    with pytest.raises(ConflictError, match="somebody else recorded a step"):
        record_step(world, "received", after=0)
    with pytest.raises(ConflictError, match="no step 5"):
        record_step(world, "received", after=5)
    with pytest.raises(TaxFormError) as caught:
        record_step(world, "eaten", after=1)
    assert [one.place for one in caught.value.problems] == ["step"]
    assert AuditRow.objects.filter(action="record_tax_form").count() == 1


def test_nobody_checks_their_own_form(world: World) -> None:
    world.users["finance"].payee_id = "ana"
    with pytest.raises(NotAllowedError, match="own tax form"):
        record_step(world, "received", after=0)
    world.users["finance"] = world.users["manager"]
    with pytest.raises(NotAllowedError):
        record_step(world, "received", after=0)


def test_payee_cannot_record_and_others_do_not_see(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    assert client.post(URL, RECEIVED).status_code == 403
    client.force_login(world.users["other_payee"])
    assert client.get(URL).status_code == 404
    with pytest.raises(NotVisibleError):
        tax_form(world.users["firm_owner"], "ana")


def test_other_country_asks_for_another_form(world: World) -> None:
    record_step(world, "received", after=0)
    set_account(world)
    found = tax_form(world.users["payee"], "ana")
    assert (found.form, found.country, found.state) == ("W-8BEN", "DE", "expected")
    assert len(found.steps) == 1


def test_setting_says_who_owes_which_form(settings: Any) -> None:
    settings.OPENSPIFF_TAX_FORMS = "independent.US=W-9, US=none,*=W-8BEN"
    assert expected_form("independent", "US") == "W-9"
    assert expected_form("firm", "US") == "none"
    assert expected_form("firm", "") == "none"
    assert expected_form("firm", "DE") == "W-8BEN"


def test_wrong_setting_is_told_at_once(settings: Any) -> None:
    settings.OPENSPIFF_TAX_FORMS = "US,boss.US=W-9,usa=W-9"
    with pytest.raises(TaxSettingError) as caught:
        expected_form("firm", "US")
    assert [one.place for one in caught.value.problems] == [
        "US",
        "boss.US=W-9",
        "usa=W-9",
        "*",
    ]


def test_person_stands_for_the_rules_once(client: Client, world: World) -> None:
    client.force_login(world.users["finance"])
    page = client.get("/tax-rules/").content.decode()
    (digest,) = re.findall(r'name="digest" value="(\w+)"', page)
    stale = client.post("/tax-rules/confirm/", {"digest": "0" * 64})
    assert stale.status_code == 302
    assert not TaxRuleConfirmation.objects.exists()
    for _ in range(2):
        client.post("/tax-rules/confirm/", {"digest": digest})
    assert TaxRuleConfirmation.objects.count() == 1
    assert AuditRow.objects.filter(action="confirm_tax_rules").count() == 1
    assert "Confirmed by fred" in read(client, "/tax-rules/")


def test_changed_rule_asks_again(client: Client, world: World, settings: Any) -> None:
    client.force_login(world.users["finance"])
    page = client.get("/tax-rules/").content.decode()
    (digest,) = re.findall(r'name="digest" value="(\w+)"', page)
    client.post("/tax-rules/confirm/", {"digest": digest})
    settings.TAX_RULES = (
        {"says": "Another rule.", "as_of": "2027-01-01", "source": "a law"},
    )
    assert "Nobody has confirmed these rules" in read(client, "/tax-rules/")
