"""What is asked beside the password, and what counts?"""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from databases import Database
from django.test import Client
from web_world import PASSWORD, World, at_noon

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import second_factors as acts
from openspiff.web.actions._sealed import SealError, seal, unseal
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.people import NewUser, add_user, ensure_operator
from openspiff.web.actions.sign_in import SignInRefusedError
from openspiff.web.actions.tries import TooManyTriesError, Visitor
from openspiff.web.models import AuditRow, SignInFailure, User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 (of tests only)
AT = at_noon(4, 1)
HALF_MINUTE = 30_000_000
HERE = Visitor(address="10.0.0.1")
NONCE = bytes(12)
CODES = ["aaaaabbbbb", "cccccddddd"]


def code_at(at: int) -> str:
    return format_hotp_value(hotp_value(SECRET, at // HALF_MINUTE))


def now() -> int:
    return time.time_ns() // 1000


def add_app(user: User, at: int = AT) -> None:
    acts.add_app(secret=SECRET, code=code_at(at), nonce=NONCE, acting_user=user, at=at)


def fits(user: User, code: str, at: int, visitor: Visitor = HERE) -> str:
    return acts.code_fits(
        user=user, code=code, is_confirmation=False, visitor=visitor, at=at
    )


def test_app_counts_once_it_has_shown_a_code(world: World) -> None:
    user = world.users["finance"]
    with pytest.raises(acts.FactorError):
        acts.add_app(secret=SECRET, code="000000", nonce=NONCE, acting_user=user, at=AT)
    assert not Authenticator.objects.exists()
    add_app(user)
    row = AuditRow.objects.get(action="add_second_factor")
    assert (row.actor, row.after) == (user, {"kind": "totp"})
    with pytest.raises(ConflictError):
        add_app(user)


def test_code_counts_once_and_for_half_a_minute_around(world: World) -> None:
    user = world.users["finance"]
    add_app(user)
    later = AT + 4 * HALF_MINUTE
    assert fits(user, code_at(later - HALF_MINUTE), later) == "totp"
    assert fits(user, f" {code_at(later)[:3]} {code_at(later)[3:]}", later) == "totp"
    for code in (code_at(later), code_at(later - HALF_MINUTE), code_at(AT), "", "x"):
        with pytest.raises(SignInRefusedError):
            fits(user, code, later)


def test_code_of_the_set_up_does_not_count_again(world: World) -> None:
    user = world.users["finance"]
    add_app(user)
    with pytest.raises(SignInRefusedError):
        fits(user, code_at(AT), AT)


def test_one_code_shown_twice_at_once_counts_once(database: Database) -> None:
    import threading  # noqa: PLC0415

    from django.db import connection  # noqa: PLC0415

    operator = ensure_operator(at=1)
    user = add_user(
        user=NewUser(username="fin", role="finance"), acting_user=operator, at=1
    )
    add_app(user)
    later = AT + 4 * HALF_MINUTE
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def show() -> None:
        start.wait()
        try:
            outcomes.append(fits(user, code_at(later), later))
        except SignInRefusedError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=show) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["refused", "refused", "refused", "totp"]
    assert database.vendor in {"sqlite", "postgresql"}


def test_secret_is_sealed_for_its_owner(world: World) -> None:
    user = world.users["finance"]
    add_app(user)
    row = Authenticator.objects.get()
    assert SECRET not in str(row.data)
    other = world.users["manager"]
    Authenticator.objects.create(user=other, type="totp", data=row.data)
    with pytest.raises(SealError):
        fits(other, code_at(AT + HALF_MINUTE), AT + HALF_MINUTE)


def test_seal_fails_with_another_key(settings: Any) -> None:
    sealed = seal("text", place="here", nonce=NONCE)
    assert unseal(sealed, place="here") == "text"
    settings.SECRET_KEY = "another"  # noqa: S105
    with pytest.raises(SealError, match="cannot be opened"):
        unseal(sealed, place="here")


def test_spare_codes_count_once_and_stand_in_for_a_factor_only(world: World) -> None:
    user = world.users["finance"]
    with pytest.raises(acts.FactorError):
        acts.renew_spare_codes(codes=CODES, acting_user=user, at=AT)
    add_app(user)
    acts.renew_spare_codes(codes=CODES, acting_user=user, at=AT)
    stored = str(Authenticator.objects.get(type="recovery_codes").data)
    assert not [one for one in CODES if one in stored]
    assert fits(user, "aaaaa-bbbbb", AT) == "recovery_codes"
    with pytest.raises(SignInRefusedError):
        fits(user, CODES[0], AT)
    acts.renew_spare_codes(codes=["eeeeefffff"], acting_user=user, at=AT)
    with pytest.raises(SignInRefusedError):
        fits(user, CODES[1], AT)


def test_factor_is_removed_by_its_owner_only_and_spare_codes_go_with_the_last(
    world: World,
) -> None:
    user = world.users["finance"]
    add_app(user)
    acts.renew_spare_codes(codes=CODES, acting_user=user, at=AT)
    number = Authenticator.objects.get(type="totp").pk
    with pytest.raises(NotVisibleError):
        acts.remove_factor(factor_id=number, acting_user=world.users["checker"], at=AT)
    acts.remove_factor(factor_id=number, acting_user=user, at=AT)
    assert not Authenticator.objects.exists()
    assert AuditRow.objects.filter(action="remove_second_factor").count() == 1


def test_administrator_lifts_a_lost_factor_of_others(world: World) -> None:
    user, administrator = world.users["finance"], world.users["administrator"]
    add_app(user)
    add_app(administrator)
    for actor in (user, world.users["manager"], administrator):
        with pytest.raises(NotAllowedError):
            acts.remove_factors_of(user=administrator, acting_user=actor, at=AT)
    acts.remove_factors_of(user=user, acting_user=administrator, at=AT)
    assert [one.user for one in Authenticator.objects.all()] == [administrator]
    with pytest.raises(ConflictError):
        acts.remove_factors_of(user=user, acting_user=administrator, at=AT)


def test_guessing_codes_is_slowed_down_from_one_place_and_from_everywhere(
    world: World,
) -> None:
    user = world.users["finance"]
    add_app(user)
    for _ in range(10):
        with pytest.raises(SignInRefusedError):
            fits(user, "000000", AT)
    with pytest.raises(TooManyTriesError):
        fits(user, code_at(AT + HALF_MINUTE), AT)
    away = Visitor(address="10.0.0.2")
    assert fits(user, code_at(AT + HALF_MINUTE), AT, away) == "totp"
    SignInFailure.objects.bulk_create(
        SignInFailure(
            door="second_factor",
            username="fred",
            address=f"10.1.0.{number}",
            failed_at=AT,
        )
        for number in range(90)
    )
    with pytest.raises(TooManyTriesError):
        fits(user, code_at(AT + 2 * HALF_MINUTE), AT + 2 * HALF_MINUTE, away)


# The pages


def begin(client: Client, username: str = "fred", **said: str) -> Any:
    data = {"username": username, "password": PASSWORD, **said}
    return client.post("/sign-in/", data)


def test_password_alone_does_not_let_in_who_has_an_app(
    client: Client, world: World
) -> None:
    add_app(world.users["finance"])
    response = begin(client, next="/payees/")
    assert response.headers["Location"] == "/sign-in/code/"
    assert client.get("/programs/").status_code == 302
    assert not AuditRow.objects.filter(action="sign_in").exists()
    assert "authenticator app" in client.get("/sign-in/code/").content.decode()
    assert client.post("/sign-in/code/", {"code": "000000"}).status_code == 400
    passed = client.post("/sign-in/code/", {"code": code_at(now())})
    assert passed.headers["Location"] == "/payees/"
    assert client.get("/programs/").status_code == 200
    assert AuditRow.objects.get(action="sign_in").after["way"] == "totp"


def test_code_page_is_nobodys_without_a_password(client: Client, world: World) -> None:
    assert world.users
    assert client.get("/sign-in/code/").headers["Location"] == "/sign-in/"
    assert client.post("/sign-in/code/", {"code": "1"}).headers["Location"] == "/sign-in/"


def test_unfinished_sign_in_ends_when_the_password_changes(
    client: Client, world: World
) -> None:
    user = world.users["finance"]
    add_app(user)
    begin(client)
    user.set_password("something else entirely")
    user.save()
    response = client.post("/sign-in/code/", {"code": code_at(now())})
    assert response.headers["Location"] == "/sign-in/"


def test_too_many_codes_get_429_with_retry_after(client: Client, world: World) -> None:
    add_app(world.users["finance"])
    begin(client)
    for _ in range(10):
        client.post("/sign-in/code/", {"code": "000000"})
    refused = client.post("/sign-in/code/", {"code": code_at(now())})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")


def test_app_is_added_on_the_page_and_its_picture_is_a_picture(
    client: Client, world: World
) -> None:
    assert world.users
    begin(client)
    page = client.get("/you/security/app/").content.decode()
    found = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)
    assert found is not None
    secret = found[1].replace(" ", "")
    picture = client.get("/you/security/app/picture.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert b"<svg" in picture.content
    assert client.post("/you/security/app/", {"code": "000000"}).status_code == 400
    code = format_hotp_value(hotp_value(secret, now() // HALF_MINUTE))
    assert client.post("/you/security/app/", {"code": code}).status_code == 302
    codes = client.post("/you/security/spare-codes/").content.decode()
    assert len(set(re.findall(r"<code>(\w{5}-\w{5})</code>", codes))) == 10
    security = client.get("/you/security/").content.decode()
    assert "10 codes left" in security
    number = Authenticator.objects.get(type="totp").pk
    assert client.post(f"/you/security/{number}/remove/").status_code == 302
    assert not Authenticator.objects.exists()


def test_confirmation_takes_a_code_too(client: Client, world: World) -> None:
    user = world.users["finance"]
    add_app(user)
    client.force_login(user)
    asked = client.get("/you/security/app/")
    assert asked.headers["Location"] == "/confirm/?next=/you/security/app/"
    data = {"next": "/you/security/app/"}
    assert client.post("/confirm/", {**data, "code": "000000"}).status_code == 400
    code = code_at(now())
    assert client.post("/confirm/", {**data, "code": code}).status_code == 302
    assert client.get("/you/security/app/").status_code == 200


@pytest.mark.parametrize(
    "credential", ["", "x", "[]", "{}", '{"id": 1}', '{"response": {"userHandle": "MQ"}}']
)
def test_nonsense_is_no_passkey(client: Client, world: World, credential: str) -> None:
    assert client.get("/sign-in/passkey/").json()["publicKey"]["challenge"]
    refused = client.post("/sign-in/passkey/", {"credential": credential})
    assert refused.status_code == 400
    assert "does not fit" in refused.content.decode()
    client.force_login(world.users["finance"])
    client.post("/confirm/", {"password": PASSWORD})
    added = client.post("/you/security/passkey/", {"credential": credential})
    assert added.status_code == 409
    assert not Authenticator.objects.exists()


def test_role_that_needs_a_second_factor_is_led_to_set_one_up(
    client: Client, world: World, settings: Any
) -> None:
    settings.OPENSPIFF_REQUIRE_SECOND_FACTOR = frozenset({"finance"})
    begin(client, "mia")
    assert client.get("/programs/").status_code == 200
    client.logout()
    begin(client)
    assert client.get("/programs/").headers["Location"] == "/you/security/?done=needed"
    page = client.get("/you/security/?done=needed").content.decode()
    assert "Your role needs a second factor." in page
    assert client.get("/you/security/app/").status_code == 200
    secret = client.session["new_app_secret"]
    code = format_hotp_value(hotp_value(secret, now() // HALF_MINUTE))
    client.post("/you/security/app/", {"code": code})
    assert client.get("/programs/").status_code == 200
    number = Authenticator.objects.get().pk
    client.post(f"/you/security/{number}/remove/")
    assert client.get("/programs/").status_code == 302
    assert world.users
