from __future__ import annotations

from web_world import World, at_noon

from route_tables import EVERYBODY, NOBODY, OUTSIDERS, STAFF, Table

ADMINISTRATOR = frozenset({"administrator"})
OTHERS = EVERYBODY - ADMINISTRATOR
OWNERS = frozenset({"firm_owner", "other_owner"})
PAYEES = frozenset({"payee", "other_payee"})
RECORDING = frozenset({"firm_owner", "manager", "administrator"})
INVITING = frozenset({"firm_owner", "administrator"})

# In the install of the tests Abe is user 7, Ana user 2, Cleo user 9.
EXPECTED: Table = {
    "/confirm/": (EVERYBODY, NOBODY),
    "/confirm/passkey/": (EVERYBODY, NOBODY),
    "/you/": (EVERYBODY, NOBODY),
    "/you/password/": (EVERYBODY, NOBODY),
    "/you/security/": (EVERYBODY, NOBODY),
    "/you/security/app/": (EVERYBODY, NOBODY),
    "/you/security/app/picture.svg": (EVERYBODY, NOBODY),
    "/you/security/passkey/": (EVERYBODY, NOBODY),
    "/you/sessions/": (EVERYBODY, NOBODY),
    "/people/": (ADMINISTRATOR, OTHERS),
    "/people/invite/": (ADMINISTRATOR, OTHERS),
    "/people/7/": (ADMINISTRATOR, OTHERS),
    "/people/999/": (NOBODY, OTHERS),
    "/firms/": (STAFF, OUTSIDERS),
    "/firms/north/": (STAFF | {"firm_owner"}, PAYEES),
    "/firms/south/": (STAFF | {"other_owner"}, PAYEES),
    "/firms/nowhere/": (NOBODY, PAYEES),
    "/firms/north/consent/": (RECORDING, EVERYBODY - RECORDING - OWNERS),
    "/firms/nowhere/consent/": (NOBODY, EVERYBODY - RECORDING - OWNERS),
    "/firms/north/invite/": (INVITING, EVERYBODY - INVITING - OWNERS),
    "/firms/nowhere/invite/": (NOBODY, EVERYBODY - INVITING - OWNERS),
}
POSTS: Table = {
    "/confirm/": (EVERYBODY, NOBODY),
    "/you/": (EVERYBODY, NOBODY),
    "/you/password/": (EVERYBODY, NOBODY),
    "/you/security/app/": (EVERYBODY, NOBODY),
    "/you/security/passkey/": (EVERYBODY, NOBODY),
    "/you/security/spare-codes/": (EVERYBODY, NOBODY),
    "/you/security/1/remove/": (NOBODY, NOBODY),  # nobody's
    "/you/sessions/end/": (EVERYBODY, NOBODY),
    "/people/invite/": (ADMINISTRATOR, OTHERS),
    "/people/7/role/": (ADMINISTRATOR, OTHERS),
    "/people/7/active/": (ADMINISTRATOR, OTHERS),
    "/people/7/password/": (ADMINISTRATOR, OTHERS),
    "/people/7/factors/": (ADMINISTRATOR, OTHERS),
    "/people/7/sessions/": (ADMINISTRATOR, OTHERS),
    "/people/999/role/": (NOBODY, OTHERS),
    "/people/999/active/": (NOBODY, OTHERS),
    "/people/999/password/": (NOBODY, OTHERS),
    "/people/999/factors/": (NOBODY, OTHERS),
    "/people/999/sessions/": (NOBODY, OTHERS),
    "/invitations/1/renew/": (INVITING, EVERYBODY - INVITING - OWNERS),
    "/invitations/1/revoke/": (INVITING, EVERYBODY - INVITING - OWNERS),
    "/invitations/999/renew/": (NOBODY, EVERYBODY - INVITING - OWNERS),
    "/firms/north/consent/": (RECORDING, EVERYBODY - RECORDING - OWNERS),
    "/firms/north/invite/": (INVITING, EVERYBODY - INVITING - OWNERS),
    "/firms/north/people/2/left/": (frozenset({"firm_owner"}), EVERYBODY - OWNERS),
    # Somebody of another firm, asked for under the own one.
    "/firms/north/people/9/left/": (NOBODY, EVERYBODY - OWNERS),
    "/firms/north/people/999/left/": (NOBODY, EVERYBODY - OWNERS),
}
OPEN = {
    "/": {302},
    "/sign-in/": {200, 302},
    "/sign-in/code/": {302},
    "/sign-in/passkey/": {200},
    "/sign-in/code/passkey/": {200},
    "/sign-out/": {405},
    "/join/no-such-link/": {410},
}


def prepare(world: World) -> None:
    from openspiff.web.actions.invitations import (  # noqa: PLC0415
        NewInvitation,
        invite,
    )

    invite(
        invitation=NewInvitation(role="payee", payee_id="ben", firm_id="north"),
        token="of the route table",  # noqa: S106 (in tests only)
        acting_user=world.users["firm_owner"],
        at=at_noon(1, 5, year=2100),
    )
