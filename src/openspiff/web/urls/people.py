"""At which addresses does somebody come in, and who looks after whom?"""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from openspiff.web.views import firms, people, people_join, people_others, people_own

patterns = [
    path("", people.home, name="home"),
    path("sign-in/", people.sign_in, name="sign_in"),
    path("sign-in/code/", people.sign_in_code, name="sign_in_code"),
    path("sign-in/passkey/", people.sign_in_passkey, name="sign_in_passkey"),
    path("sign-in/code/passkey/", people.sign_in_code_passkey, name="sign_in_code_passkey"),
    path("sign-out/", people.sign_out, name="sign_out"),
    path("confirm/", people.confirm_identity, name="confirm_identity"),
    path("confirm/passkey/", people.confirm_passkey, name="confirm_passkey"),
    path("join/<str:token>/", people_join.join, name="join"),
    path("you/", people_own.profile, name="profile"),
    path("you/password/", people_own.password, name="password"),
    path("you/security/", people_own.security, name="security"),
    path("you/security/app/", people_own.add_app, name="add_app"),
    path("you/security/app/picture.svg", people_own.app_picture, name="app_picture"),
    path("you/security/passkey/", people_own.add_passkey, name="add_passkey"),
    path("you/security/spare-codes/", people_own.spare_codes, name="spare_codes"),
    path(
        "you/security/<int:factor_id>/remove/",
        people_own.remove_factor,
        name="remove_factor",
    ),
    path("you/sessions/", people_own.session_list, name="sessions"),
    path("you/sessions/end/", people_own.end_session, name="end_session"),
    path("people/", people_others.people_list, name="people"),
    path("people/invite/", people_others.invite, name="invite"),
    path("people/<int:user_id>/", people_others.person, name="person"),
    path("people/<int:user_id>/role/", people_others.set_role, name="set_role"),
    path("people/<int:user_id>/active/", people_others.set_active, name="set_active"),
    path(
        "people/<int:user_id>/password/", people_others.password_link, name="password_link"
    ),
    path(
        "people/<int:user_id>/factors/", people_others.remove_factors, name="remove_factors"
    ),
    path("people/<int:user_id>/sessions/", people_others.end_sessions, name="end_sessions"),
    path(
        "invitations/<int:invitation_id>/renew/",
        people_others.renew_invitation,
        name="renew_invitation",
    ),
    path(
        "invitations/<int:invitation_id>/revoke/",
        people_others.revoke_invitation,
        name="revoke_invitation",
    ),
    path("firms/", firms.firm_list, name="firms"),
    path("firms/<path:firm_id>/consent/", firms.consent, name="consent"),
    path("firms/<path:firm_id>/invite/", firms.invite_to_firm, name="invite_to_firm"),
    path(
        "firms/<path:firm_id>/people/<int:user_id>/left/",
        firms.leave_firm,
        name="leave_firm",
    ),
    path("firms/<path:firm_id>/", firms.firm, name="firm"),
]

if settings.OPENSPIFF_OIDC is not None:
    from openspiff.web.views import people_provider

    patterns += [
        path("sign-in/provider/", people_provider.begin, name="provider"),
        # The name that allauth builds the return address from.
        path(
            "sign-in/<slug:provider_id>/back/",
            people_provider.come_back,
            name="openid_connect_callback",
        ),
    ]
