"""Is everybody told once of what they want to know, and of nothing more?"""

from __future__ import annotations

import smtplib
from typing import Any

import pytest
from databases import Database
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from django.test import Client
from jobs_world import drained
from web_world import World

from openspiff.web.actions.notices import NoticeError, notify, set_paces
from openspiff.web.actions.sign_in import record_sign_in
from openspiff.web.actions.tries import Visitor
from openspiff.web.models import (
    NOTICE_KINDS,
    AuditRow,
    Job,
    Notice,
    NoticePreference,
    User,
)
from openspiff.web.queries.notice_texts import off_token, preview

AT = 1_770_000_000_000_000
DAY = 86_400_000_000


@pytest.fixture
def ana(database: Database) -> Any:
    """Return a payee with an address, in an install that is empty otherwise."""
    assert database.vendor
    return User.objects.create(
        username="ana",
        role="payee",
        payee_id="ana",
        email="ana@north.example",
        created_at=0,
    )


class Refusing(EmailBackend):
    """Refuses every address."""

    def send_messages(self, messages: Any) -> int:  # noqa: ARG002
        raise smtplib.SMTPRecipientsRefused({})


class Away(EmailBackend):
    """Is not there."""

    def send_messages(self, messages: Any) -> int:  # noqa: ARG002
        raise ConnectionRefusedError


def tell(user: Any, key: str = "1", kind: str = "claim_decided") -> int:
    with transaction.atomic():
        facts = {"claim_id": 7, "state": "approved"}
        return notify(kind=kind, users=[user], key=key, facts=facts, at=AT)


def states() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("state", flat=True))


def test_one_thing_is_told_once(ana: Any) -> None:
    assert [tell(ana), tell(ana), tell(ana, "2")] == [1, 0, 1]
    assert drained(at=AT) == ["done", "done"]
    assert len(mail.outbox) == 2
    assert states() == ["sent", "sent"]
    first = mail.outbox[0]
    assert first.to == ["ana@north.example"]
    assert "/claims/7/" in first.body
    assert first.alternatives[0][1] == "text/html"
    assert len({one.extra_headers["Message-ID"] for one in mail.outbox}) == 2
    assert drained(at=AT + DAY) == []


def test_notice_is_gone_when_what_it_tells_of_did_not_happen(ana: Any) -> None:
    with transaction.atomic():
        assert notify(kind="paid", users=[ana], key="1", facts={}, at=AT) == 1
        transaction.set_rollback(True)
    assert (Notice.objects.count(), Job.objects.count()) == (0, 0)


def test_wishes_are_kept(ana: Any) -> None:
    set_paces(paces={"paid": "off", "claim_decided": "daily"}, acting_user=ana, at=AT)
    tell(ana, kind="paid")
    tell(ana)
    tell(ana, "2")
    assert states() == ["suppressed", "daily", "daily"]
    assert drained(at=AT + 60_000_000) == []
    assert drained(at=AT + DAY) == ["done"]
    (one,) = mail.outbox
    assert one.subject == "openspiff: 2 notices"
    assert states() == ["suppressed", "sent", "sent"]
    assert AuditRow.objects.filter(action="set_notice_paces").count() == 1
    set_paces(paces={"paid": "off"}, acting_user=ana, at=AT)
    assert AuditRow.objects.filter(action="set_notice_paces").count() == 1


def test_whoever_has_no_address_or_is_out_is_not_told(ana: Any) -> None:
    User.objects.update(email="")
    ana.refresh_from_db()
    tell(ana)
    ana.is_active = False
    assert tell(ana, "2") == 0
    assert states() == ["suppressed"]
    assert Job.objects.count() == 0


def test_every_wish_that_cannot_be_kept_is_named(ana: Any) -> None:
    wrong = {"paid": "often", "new_sign_in": "off", "batch_waiting": "off", "x": "off"}
    with pytest.raises(NoticeError) as caught:
        set_paces(paces=wrong, acting_user=ana, at=AT)
    assert [one.place for one in caught.value.problems] == list(wrong)
    assert NoticePreference.objects.count() == 0


def test_mail_server_that_is_away_is_tried_again(ana: Any, settings: Any) -> None:
    tell(ana)
    settings.EMAIL_BACKEND = f"{__name__}.Away"
    assert drained(at=AT) == ["failed"]
    assert states() == ["queued"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert drained(at=AT + DAY) == ["done"]
    assert len(mail.outbox) == 1


def test_refused_address_is_not_tried_again(ana: Any, settings: Any) -> None:
    tell(ana)
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    assert drained(at=AT) == ["done"]
    assert states() == ["failed"]


def test_what_was_on_its_way_is_sent_again_and_doubtful(ana: Any) -> None:
    tell(ana)
    Notice.objects.update(state="sending", attempt_count=1)
    assert drained(at=AT) == ["done"]
    (row,) = Notice.objects.all()
    assert (row.state, row.is_doubtful, row.attempt_count) == ("sent", True, 2)
    assert len(mail.outbox) == 1


def test_sign_in_in_a_new_browser_is_told_and_a_known_one_is_not(ana: Any) -> None:
    for number, browser in enumerate(("Firefox", "Firefox", "Chrome", "Chrome")):
        visitor = Visitor(address="10.0.0.1", browser=browser)
        record_sign_in(user=ana, way="password", visitor=visitor, at=AT + number)
    assert Notice.objects.filter(kind="new_sign_in").count() == 1


@pytest.mark.parametrize("kind", sorted(NOTICE_KINDS))
def test_every_kind_has_a_text_and_can_be_turned_off_unless_it_keeps_safe(
    kind: str,
) -> None:
    found = preview(kind, user_id=1)
    assert found.subject.startswith("openspiff: ")
    for form in (found.text, found.html):
        assert "http://" in form
        assert "{" not in form
    known = NOTICE_KINDS[kind]
    assert ("List-Unsubscribe" in found.headers) is not known.is_security
    is_for_user = known.is_security and bool(known.roles)
    assert ("cannot be turned off" in found.text) is is_for_user


def test_link_of_a_mail_asks_and_a_post_turns_it_off(client: Client, world: World) -> None:
    user = world.users["payee"]
    address = f"/notices/off/{off_token(user_id=user.pk, kind='paid')}/"
    strict = Client(enforce_csrf_checks=True)
    page = strict.get(address)
    assert page.status_code == 200
    assert not NoticePreference.objects.exists()
    done = strict.post(address, {"List-Unsubscribe": "One-Click"})
    assert "Turned off." in done.content.decode()
    assert NoticePreference.objects.get(user=user).pace == "off"
    assert user.username not in done.content.decode()
    assert client.post(f"{address[:-3]}xx/").status_code == 404
    safe = f"/notices/off/{off_token(user_id=user.pk, kind='new_sign_in')}/"
    assert "Turned off." not in client.post(safe).content.decode()
    assert NoticePreference.objects.count() == 1


def test_page_shows_and_keeps_the_wishes_of_ones_role(client: Client, world: World) -> None:
    client.force_login(world.users["payee"])
    page = client.get("/account/notices/").content.decode()
    assert "A claim of yours was decided" in page
    assert "A payout batch waits" not in page
    done = client.post("/account/notices/", {"paid": "off", "batch_waiting": "off"})
    assert done.status_code == 302
    assert NoticePreference.objects.get().kind == "paid"
    assert client.post("/account/notices/", {"paid": "often"}).status_code == 409


def test_only_administrators_preview(client: Client, world: World) -> None:
    client.force_login(world.users["administrator"])
    assert "you were paid" in client.get("/notices/preview/paid/").content.decode().lower()
    assert client.get("/notices/preview/none/").status_code == 404
    client.force_login(world.users["manager"])
    assert client.get("/notices/preview/paid/").status_code == 403
