"""Is an account checked, sealed, shown masked, and never overwritten?"""

from __future__ import annotations

import base64
import re
import threading
from typing import Any

import pytest
from databases import Database
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from payee_world import IBAN, OTHER_IBAN, set_account
from web_world import DAY, PASSWORD, World, at_noon

from openspiff import web
from openspiff.ledger import iban_account
from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.payee_methods import set_payout_method
from openspiff.web.actions.people import NewUser, add_user, ensure_operator
from openspiff.web.models import AuditRow, PayoutKeyError, PayoutMethod, payout_key, row_of
from openspiff.web.queries.payee_methods import (
    check_payout_key,
    methods_in_force,
    payout_methods,
)

URL = "/payees/ana/payout-method/"
NEW = f"{URL}new/"
NUMBER = "".join(IBAN.split())
FORM = {"kind": "iban", "holder": "Ana Ruiz", "iban": IBAN, "after_number": "0"}


@pytest.fixture
def keyed(world: World) -> World:
    """Return the install with its key."""
    web.ensure_payout_key(world.home)
    return world


def confirmed(client: Client, world: World, role: str = "payee") -> None:
    """Sign in, and show the password once more."""
    client.force_login(world.users[role])
    assert client.post("/confirm/", {"password": PASSWORD}).status_code == 302


def test_payee_adds_an_account_after_showing_the_password(
    client: Client, keyed: World
) -> None:
    client.force_login(keyed.users["payee"])
    assert "/confirm/" in client.get(NEW).headers["Location"]
    assert client.post(NEW, FORM).status_code == 302
    assert not PayoutMethod.objects.exists()
    confirmed(client, keyed)
    assert client.post(NEW, FORM).headers["Location"] == URL
    page = client.get(URL).content.decode()
    assert "DE ···· 3000" in page
    assert NUMBER not in page
    row = PayoutMethod.objects.get()
    audit = AuditRow.objects.get(action="set_payout_method")
    assert audit.actor == keyed.users["payee"]
    assert (audit.before, audit.after) == (
        None,
        {"number": 1, "country": "DE", "masked": "DE ···· 3000"},
    )
    assert NUMBER not in str(row.__dict__)


def test_account_in_the_united_states_is_taken(client: Client, keyed: World) -> None:
    confirmed(client, keyed)
    said = {
        "kind": "us",
        "holder": "Ana Ruiz",
        "routing": "021000021",
        "account": "000123456789",
        "after_number": "0",
    }
    assert client.post(NEW, said).status_code == 302
    row = PayoutMethod.objects.get()
    opened = payout_key().open(
        row.sealed, nonce=bytes.fromhex(row.nonce), row=row_of("ana", 1)
    )
    assert opened == {"number": "000123456789", "routing": "021000021"}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"iban": "DE89 3704 0044 0532 0130 01"}, "The check digits do not fit"),
        ({"holder": ""}, "This field is required."),
        ({"iban": ""}, "This field is required."),
        (
            {"kind": "us", "routing": "021000022", "account": "1" * 20},
            "Expected 4 to 17 digits, got 20 characters",
        ),
    ],
)
def test_wrong_number_is_told_and_what_was_typed_is_kept(
    client: Client, keyed: World, said: dict[str, str], told: str
) -> None:
    confirmed(client, keyed)
    response = client.post(NEW, FORM | said)
    assert response.status_code == 400
    page = response.content.decode()
    assert told in page
    for name in ("iban", "routing", "account"):
        value = (FORM | said).get(name, "")
        if value and f'name="{name}"' in page:
            assert f'value="{value}"' in page
    assert not PayoutMethod.objects.exists()
    assert not AuditRow.objects.filter(action="set_payout_method").exists()


def test_change_is_a_new_row_and_finance_sees_that_it_changed(
    client: Client, keyed: World
) -> None:
    set_account(keyed, at=at_noon(3, 1))
    set_account(keyed, iban=OTHER_IBAN, after=1, at=at_noon(3, 4))
    finance = keyed.users["finance"]
    (found,) = methods_in_force(finance, ["ana", "ben"], at=at_noon(3, 6)).values()
    assert (found.masked, found.changed_days) == ("GB ···· 6819", 2)
    assert found.is_recent_change
    (later,) = methods_in_force(finance, ["ana"], at=at_noon(3, 4) + 14 * DAY).values()
    assert not later.is_recent_change
    history = payout_methods(keyed.users["payee"], "ana", at=at_noon(3, 10))
    assert [one.masked for one in history] == ["GB ···· 6819", "DE ···· 3000"]
    client.force_login(finance)
    page = re.sub(r"\s+", " ", client.get("/payout-methods/").content.decode())
    assert "GB ···· 6819" in page
    assert "DE ···· 3000" not in page


def test_same_account_of_two_payees_is_marked(keyed: World) -> None:
    set_account(keyed)
    set_account(keyed, role="other_payee")
    found = methods_in_force(keyed.users["finance"], ["ana", "cleo"], at=at_noon(3, 1))
    assert [one.shared_with for one in found.values()] == [1, 1]
    assert not any(one.is_recent_change for one in found.values())


def test_second_of_two_changes_is_refused(keyed: World) -> None:
    set_account(keyed)
    with pytest.raises(ConflictError, match="another account was set meanwhile"):
        set_account(keyed, iban=OTHER_IBAN, after=0, at=9)
    with pytest.raises(ConflictError, match="no method 7"):
        set_account(keyed, iban=OTHER_IBAN, after=7)
    assert PayoutMethod.objects.count() == 1
    assert AuditRow.objects.filter(action="set_payout_method").count() == 1


def test_nobody_sets_the_account_of_somebody_else(keyed: World) -> None:
    account = iban_account(holder="Eve", iban=OTHER_IBAN)
    for role in ("other_payee", "finance", "administrator", "firm_owner"):
        with pytest.raises(NotAllowedError):
            set_payout_method(
                payee_id="ana",
                account=account,
                after_number=0,
                nonce=b"." * 12,
                acting_user=keyed.users[role],
                at=1,
            )
    assert not PayoutMethod.objects.exists()


def test_owner_of_the_firm_sees_no_account(client: Client, keyed: World) -> None:
    set_account(keyed)
    owner = keyed.users["firm_owner"]
    with pytest.raises(NotVisibleError):
        payout_methods(owner, "ana", at=1)
    with pytest.raises(NotVisibleError):
        methods_in_force(owner, ["ana"], at=1)
    client.force_login(owner)
    assert client.get(URL).status_code == 403
    assert "payout-method" not in client.get("/payees/ana/statement/").content.decode()


def test_ciphertext_in_another_row_cannot_be_opened(keyed: World) -> None:
    row = set_account(keyed)
    key, nonce = payout_key(), bytes.fromhex(row.nonce)
    assert key.open(row.sealed, nonce=nonce, row=row_of("ana", 1))["number"] == NUMBER
    for other in (row_of("cleo", 1), row_of("ana", 2)):
        with pytest.raises(PayoutKeyError, match="cannot be opened"):
            key.open(row.sealed, nonce=nonce, row=other)


def test_missing_wrong_and_broken_keys_are_refused_plainly(
    client: Client, keyed: World
) -> None:
    set_account(keyed)
    path = keyed.home / "payout.key"
    kept = path.read_text()
    check_payout_key()
    path.write_text(base64.urlsafe_b64encode(b"x" * 32).decode())
    with pytest.raises(PayoutKeyError, match="not theirs"):
        check_payout_key()
    confirmed(client, keyed)
    response = client.post(NEW, FORM | {"after_number": "1"})
    assert response.status_code == 409
    assert "is not theirs" in response.content.decode()
    path.write_text("not a key")
    with pytest.raises(PayoutKeyError, match="broken"):
        check_payout_key()
    path.unlink()
    with pytest.raises(PayoutKeyError, match="missing"):
        check_payout_key()
    # A new key is never made in the place of one that was used.
    with pytest.raises(PayoutKeyError, match="missing"):
        web.ensure_payout_key(keyed.home)
    confirmed(client, keyed)
    response = client.post(NEW, FORM | {"after_number": "1"})
    assert response.status_code == 409
    assert "the key of the payout accounts is missing" in response.content.decode().lower()
    assert PayoutMethod.objects.count() == 1
    path.write_text(kept)
    check_payout_key()


def test_key_in_the_environment_goes_before_the_file(keyed: World, settings: Any) -> None:
    settings.OPENSPIFF_PAYOUT_KEY = base64.urlsafe_b64encode(b"y" * 32).decode()
    (keyed.home / "payout.key").unlink()
    row = set_account(keyed)
    assert row.key_mark == payout_key().mark


def test_key_is_readable_by_its_owner_only(keyed: World) -> None:
    assert (keyed.home / "payout.key").stat().st_mode & 0o077 == 0
    assert "secret" not in repr(payout_key())


def test_chance_that_was_used_is_not_used_again(keyed: World) -> None:
    row = set_account(keyed)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayoutMethod.objects.create(
            payee_id="cleo",
            number=1,
            kind="iban",
            country="DE",
            holder="x",
            masked="x",
            sealed="x",
            nonce=row.nonce,
            key_mark="x",
            same_as="x",
            set_at=1,
            set_by=keyed.users["other_payee"],
        )


def test_number_of_queries_of_the_list_does_not_grow(client: Client, keyed: World) -> None:
    set_account(keyed)
    client.force_login(keyed.users["finance"])
    with CaptureQueriesContext(connection) as one:
        client.get("/payout-methods/")
    set_account(keyed, role="other_payee", iban=OTHER_IBAN)
    with CaptureQueriesContext(connection) as two:
        client.get("/payout-methods/")
    assert len(one) == len(two)


def test_list_without_accounts_says_what_will_be_there(
    client: Client, keyed: World
) -> None:
    client.force_login(keyed.users["finance"])
    assert "No account yet." in client.get("/payout-methods/").content.decode()
    assert client.get("/payout-methods/?page=x").status_code == 404


def test_of_many_at_once_one_wins(database: Database, settings: Any, tmp_path: Any) -> None:
    settings.OPENSPIFF_HOME = tmp_path
    web.ensure_payout_key(tmp_path)
    operator = ensure_operator(at=1)
    new = NewUser(username="ana", role="payee", payee_id="ana")
    user = add_user(user=new, acting_user=operator, at=1)
    outcomes: list[str] = []
    barrier = threading.Barrier(6)

    def act(number: int) -> None:
        barrier.wait()
        try:
            set_payout_method(
                payee_id="ana",
                account=iban_account(holder="Ana", iban=IBAN),
                after_number=0,
                nonce=f"{number:012}".encode(),
                acting_user=user,
                at=number,
            )
            outcomes.append("set")
        except ConflictError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=(number,)) for number in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["refused"] * 5 + ["set"], database.vendor
    assert PayoutMethod.objects.count() == 1
    assert AuditRow.objects.filter(action="set_payout_method").count() == 1
