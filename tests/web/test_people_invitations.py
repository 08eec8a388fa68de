"""How does somebody who was asked come in, and who may ask?"""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from databases import Database
from django.db import connection
from django.test import Client
from web_world import PASSWORD, World, at_noon

from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import invitations as acts
from openspiff.web.actions.conflict import ConflictError
from openspiff.web.actions.people import (
    NewUser,
    UserError,
    add_user,
    ensure_operator,
    set_active,
)
from openspiff.web.actions.tries import Visitor
from openspiff.web.models import AuditRow, Invitation, User, WebSession

WORDS = "four quiet winter mornings"
AT = at_noon(4, 1)
HERE = Visitor(address="10.0.0.1")
NOBODY_THERE = {"payee_id": "", "firm_id": ""}


def link_of(response: Any) -> str:
    """Return the path of the link that a page shows."""
    found = re.search(r'value="http://testserver(/join/[^"]+)"', response.content.decode())
    assert found is not None, response.content.decode()
    return found[1]


def ask(client: Client, world: World, **said: str) -> str:
    """Invite somebody as an administrator; return the link and sign out."""
    client.force_login(world.users["administrator"])
    data = {"role": "manager", **NOBODY_THERE, **said}
    link = link_of(client.post("/people/invite/", data))
    client.logout()
    return link


def come(client: Client, link: str, **said: str) -> Any:
    data = {"name": "Max Ode", "username": "max", "password": WORDS, **said}
    return client.post(link, data)


def test_whoever_was_invited_comes_in_with_a_name_and_a_password(
    client: Client, world: World
) -> None:
    link = ask(client, world, name="Max Ode", email="max@example.org")
    page = client.get(link)
    assert page.status_code == 200
    assert "asks you to come in as" in page.content.decode()
    assert come(client, link).headers["Location"] == "/"
    user = User.objects.get(username="max")
    assert (user.role, user.email, user.name) == ("manager", "max@example.org", "Max Ode")
    assert user.password.startswith("argon2")
    assert client.get("/programs/").status_code == 200
    row = AuditRow.objects.get(action="accept_invitation")
    assert (row.actor, row.object_id) == (user, "max")
    assert AuditRow.objects.filter(action="invite").count() == 1


def test_link_works_once(client: Client, world: World) -> None:
    link = ask(client, world)
    come(client, link)
    client.logout()
    assert client.get(link).status_code == 410
    assert come(client, link, username="other").status_code == 410
    assert not User.objects.filter(username="other").exists()


def test_link_is_kept_as_a_digest_only(client: Client, world: World) -> None:
    link = ask(client, world)
    token = link.split("/")[2]
    stored = [str(row) for row in Invitation.objects.values()]
    stored += [str(row) for row in AuditRow.objects.values()]
    assert not [one for one in stored if token in one]
    assert Invitation.objects.get().token_digest == acts.token_digest(token)


def test_link_ends_after_its_days(client: Client, world: World, settings: Any) -> None:
    settings.OPENSPIFF_INVITATION_DAYS = 3
    link = ask(client, world)
    row = Invitation.objects.get()
    assert row.expires_at - row.invited_at == 3 * 86_400_000_000
    assert client.get(link).status_code == 200
    Invitation.objects.update(expires_at=row.invited_at)
    assert client.get(link).status_code == 410


def test_weak_password_is_told_and_the_link_still_works(
    client: Client, world: World
) -> None:
    link = ask(client, world)
    refused = come(client, link, password="short", username="ana")  # noqa: S106
    assert refused.status_code == 400
    said = refused.content.decode()
    assert "too short" in said
    assert "ana is taken" in said
    assert 'value="Max Ode"' in said
    assert come(client, link).status_code == 302


def test_renewed_link_replaces_the_old_one(client: Client, world: World) -> None:
    old = ask(client, world)
    client.force_login(world.users["administrator"])
    number = Invitation.objects.get().pk
    new = link_of(client.post(f"/invitations/{number}/renew/"))
    client.logout()
    assert client.get(old).status_code == 410
    assert client.get(new).status_code == 200
    assert AuditRow.objects.filter(action="renew_invitation").count() == 1


def test_revoked_link_lets_nobody_in(client: Client, world: World) -> None:
    link = ask(client, world)
    client.force_login(world.users["administrator"])
    number = Invitation.objects.get().pk
    assert client.post(f"/invitations/{number}/revoke/").status_code == 302
    assert client.post(f"/invitations/{number}/revoke/").status_code == 409
    client.logout()
    assert client.get(link).status_code == 410
    assert AuditRow.objects.filter(action="revoke_invitation").count() == 1


def test_link_of_somebody_who_lost_the_right_works_no_longer(
    client: Client, world: World
) -> None:
    client.force_login(world.users["firm_owner"])
    link = link_of(client.post("/firms/north/invite/", {"payee_id": "ben"}))
    client.logout()
    assert client.get(link).status_code == 200
    User.objects.filter(username="nora").update(firm_id="south")
    assert client.get(link).status_code == 410


def test_owner_invites_the_own_roster_and_other_owners_only(world: World) -> None:
    owner = world.users["firm_owner"]

    def ask_for(**said: str) -> Invitation:
        new = acts.NewInvitation(**{"firm_id": "north", **said})
        return acts.invite(invitation=new, token=str(said), acting_user=owner, at=AT)

    assert ask_for(role="payee", payee_id="ben").firm_id == "north"
    assert ask_for(role="firm_owner").role == "firm_owner"
    with pytest.raises(acts.InvitationError):
        ask_for(role="payee", payee_id="cleo")  # of another firm
    with pytest.raises(NotVisibleError):
        ask_for(role="payee", payee_id="cleo", firm_id="south")
    with pytest.raises(NotVisibleError):
        ask_for(role="firm_owner", firm_id="south")
    with pytest.raises(NotAllowedError):
        ask_for(role="administrator")


@pytest.mark.parametrize("role", ["payee", "manager", "finance", "analyst"])
def test_others_invite_nobody(world: World, role: str) -> None:
    new = acts.NewInvitation(role="manager")
    with pytest.raises(NotAllowedError):
        acts.invite(invitation=new, token="t", acting_user=world.users[role], at=AT)  # noqa: S106
    assert not Invitation.objects.exists()


def test_every_problem_of_an_invitation_is_told_at_once(world: World) -> None:
    User.objects.filter(username="abe").update(email="abe@example.org")
    new = acts.NewInvitation(role="payee", payee_id="nobody", email="ABE@example.org")
    with pytest.raises(acts.InvitationError) as refused:
        acts.invite(
            invitation=new,
            token="t",  # noqa: S106
            acting_user=world.users["administrator"],
            at=AT,
        )
    assert [one.place for one in refused.value.problems] == ["payee_id", "email"]


def test_guessing_links_is_slowed_down(client: Client, world: World) -> None:
    link = ask(client, world)
    for number in range(10):
        assert client.get(f"/join/guess-{number}/").status_code == 410
    refused = client.get(link)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "900")
    assert Client(REMOTE_ADDR="10.0.0.9").get(link).status_code == 200


def test_password_link_replaces_the_password_and_ends_every_session(
    client: Client, world: World
) -> None:
    elsewhere = Client()
    elsewhere.post("/sign-in/", {"username": "abe", "password": PASSWORD})
    assert elsewhere.get("/programs/").status_code == 200
    client.post("/sign-in/", {"username": "ada", "password": PASSWORD})
    link = link_of(client.post(f"/people/{world.users['analyst'].pk}/password/"))
    client.logout()
    assert "abe" in client.get(link).content.decode()
    assert client.post(link, {"password": "short"}).status_code == 400
    assert client.post(link, {"password": WORDS}).status_code == 302
    assert elsewhere.get("/programs/").status_code == 302
    assert client.get("/programs/").status_code == 200
    assert User.objects.get(username="abe").check_password(WORDS)
    assert client.post(link, {"password": "another four words"}).status_code == 410
    assert AuditRow.objects.filter(action="accept_password_link").count() == 1


def test_newer_password_link_replaces_the_older(world: World) -> None:
    def make(token: str) -> None:
        acts.make_password_link(
            user=world.users["analyst"],
            token=token,
            acting_user=world.users["administrator"],
            at=AT,
        )

    make("first")
    make("second")
    with pytest.raises(acts.InvitationGoneError):
        acts.find_invitation(token="first", visitor=HERE, at=AT)  # noqa: S106
    assert acts.find_invitation(token="second", visitor=HERE, at=AT).is_for_password  # noqa: S106


def test_nobody_gets_a_password_for_the_operator_or_who_has_left(world: World) -> None:
    set_active(
        user=world.users["analyst"],
        is_active=False,
        acting_user=world.users["administrator"],
        at=AT,
    )
    for user in (world.users["analyst"], ensure_operator(at=1)):
        with pytest.raises(acts.InvitationError):
            acts.make_password_link(
                user=user,
                token="t",  # noqa: S106
                acting_user=world.users["administrator"],
                at=AT,
            )


def test_one_link_used_by_two_at_once_lets_one_in(database: Database) -> None:
    operator = ensure_operator(at=1)
    acts.invite(
        invitation=acts.NewInvitation(role="manager"),
        token="shared",  # noqa: S106
        acting_user=operator,
        at=AT,
    )
    found = acts.find_invitation(token="shared", visitor=HERE, at=AT)  # noqa: S106
    start = threading.Barrier(4)
    outcomes: list[str] = []

    def accept(number: int) -> None:
        start.wait()
        given = acts.Acceptance(username=f"user{number}", password=WORDS)
        try:
            acts.accept_invitation(invitation=found, given=given, at=AT)
            outcomes.append("in")
        except acts.InvitationGoneError:
            outcomes.append("gone")
        finally:
            connection.close()

    threads = [threading.Thread(target=accept, args=(one,)) for one in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(outcomes) == ["gone", "gone", "gone", "in"]
    assert User.objects.filter(role="manager").count() == 1
    assert database.vendor in {"sqlite", "postgresql"}


def test_address_belongs_to_one_user(world: World) -> None:
    new = NewUser(username="x", role="manager", email="one@example.org")
    administrator = world.users["administrator"]
    add_user(user=new, acting_user=administrator, at=1)
    with pytest.raises(UserError, match="belongs to somebody else"):
        add_user(
            user=NewUser(username="y", role="manager", email="ONE@example.org"),
            acting_user=administrator,
            at=1,
        )


def test_invitation_that_was_accepted_cannot_be_renewed(
    client: Client, world: World
) -> None:
    come(client, ask(client, world))
    with pytest.raises(ConflictError):
        acts.renew_invitation(
            invitation_id=Invitation.objects.get().pk,
            token="again",  # noqa: S106
            acting_user=world.users["administrator"],
            at=AT,
        )
    assert WebSession.objects.count() == 1
