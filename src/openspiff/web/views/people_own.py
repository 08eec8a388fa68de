"""What does somebody set for themselves? Name, password, second factors, sessions."""

from __future__ import annotations

import base64
import secrets
from typing import Final

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn.internal.auth import begin_registration
from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openspiff.web.access import CHANGE_OWN_ENTRY, OWN_ENTRY, SIGNED_IN
from openspiff.web.actions import second_factors, sessions as session_acts, sign_in
from openspiff.web.actions.people import UserError, set_profile
from openspiff.web.forms.people import (
    ChangePasswordForm,
    CodeForm,
    CredentialForm,
    ProfileForm,
)
from openspiff.web.queries.users import factors, sessions, sign_ins

from . import _doors
from ._doors import (
    SignedInRequest,
    ask_to_confirm,
    guarded,
    now_at,
    visitor_of,
)
from ._entering import note_factor
from ._problems import add_problems

_NEW_SECRET: Final = "new_app_secret"  # noqa: S105 (the name under which one is kept)
_SPARE_CODES: Final = 10
# Without letters that are taken for one another.
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"


@guarded(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: SignedInRequest) -> HttpResponseBase:
    """Show and change the name and the address that one is known by."""
    user = request.user
    start = {"name": user.name or user.username, "email": user.email}
    posted = request.POST if request.method == "POST" else None
    form = ProfileForm(posted, initial=start, label_suffix="")
    if form.is_valid():
        # By the address a sign-in provider knows people: a stolen session must not move it.
        if form.cleaned_data["email"] != user.email and not _doors.is_confirmed(request):
            return ask_to_confirm(request, user)
        try:
            set_profile(**form.cleaned_data, acting_user=user, at=now_at())
        except UserError as error:
            add_problems(form, error)
        else:
            return redirect(f"{reverse('profile')}?done=profile")
    status = 400 if form.is_bound else 200
    return render(request, "web/profile.html", {"form": form}, status=status)


@guarded(OWN_ENTRY)
@never_cache
@sensitive_post_parameters("old", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: SignedInRequest) -> HttpResponseBase:
    """Change one's password; every other session ends."""
    if not request.user.has_usable_password() and not _doors.is_confirmed(request):
        return ask_to_confirm(request, request.user)
    posted = request.POST if request.method == "POST" else None
    form = ChangePasswordForm(posted, label_suffix="")
    if form.is_valid():
        try:
            user = sign_in.change_password(
                acting_user=request.user,
                old=form.cleaned_data["old"],
                new=form.cleaned_data["password"],
                kept_session=request.session.session_key or "",
                visitor=visitor_of(request),
                at=now_at(),
            )
        except sign_in.PasswordError as error:
            add_problems(form, error)
        else:
            update_session_auth_hash(request, user)
            return redirect(f"{reverse('security')}?done=password")
    status = 400 if form.is_bound else 200
    return render(request, "web/password.html", {"form": form}, status=status)


@guarded(OWN_ENTRY)
@never_cache
@require_safe
def security(request: SignedInRequest) -> HttpResponse:
    """Show by what one comes in, and what can be added."""
    context = {
        "factors": factors(request.user),
        "is_needed": request.user.role in settings.OPENSPIFF_REQUIRE_SECOND_FACTOR,
        "has_password": request.user.has_usable_password(),
        "passkey_name": visitor_of(request).browser,
        "done": request.GET.get("done", ""),
    }
    return render(request, "web/security.html", context)


@guarded(CHANGE_OWN_ENTRY)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def add_app(request: SignedInRequest) -> HttpResponse:
    """Show a new secret as a picture and as text, and take the first code of the app."""
    secret = request.session.setdefault(_NEW_SECRET, _fresh_secret())
    form = CodeForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_valid():
        try:
            second_factors.add_app(
                secret=secret,
                code="".join(form.cleaned_data["code"].split()),
                nonce=secrets.token_bytes(12),
                acting_user=request.user,
                at=now_at(),
            )
        except second_factors.FactorError as error:
            add_problems(form, error)
        else:
            del request.session[_NEW_SECRET]
            note_factor(request, "totp")
            return redirect(f"{reverse('security')}?done=app")
    context = {
        "form": form,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "link": get_adapter().build_totp_url(request.user, secret),
    }
    status = 400 if form.is_bound else 200
    return render(request, "web/add_app.html", context, status=status)


@guarded(CHANGE_OWN_ENTRY)
@never_cache
@require_safe
def app_picture(request: SignedInRequest) -> HttpResponse:
    """Return the new secret as a picture for the camera of a phone."""
    secret = request.session.setdefault(_NEW_SECRET, _fresh_secret())
    link = get_adapter().build_totp_url(request.user, secret)
    picture = get_adapter().build_totp_svg(link)
    return HttpResponse(picture, content_type="image/svg+xml")


@guarded(CHANGE_OWN_ENTRY)
@never_cache
@require_http_methods(["GET", "POST"])
def add_passkey(request: SignedInRequest) -> HttpResponseBase:
    """Add a passkey: a GET asks the browser to make one, a POST brings it."""
    if request.method == "GET":
        return JsonResponse(begin_registration(request.user, passwordless=True))
    form = CredentialForm(request.POST)
    second_factors.add_passkey(
        credential=form.cleaned_data["credential"] if form.is_valid() else None,
        name=form.cleaned_data.get("name", "") or visitor_of(request).browser,
        acting_user=request.user,
        at=now_at(),
    )
    note_factor(request, "passkey")
    return redirect(f"{reverse('security')}?done=passkey")


@guarded(CHANGE_OWN_ENTRY)
@never_cache
@require_POST
def spare_codes(request: SignedInRequest) -> HttpResponse:
    """Make new spare codes and show them, once."""
    codes = [_fresh_code() for _ in range(_SPARE_CODES)]
    second_factors.renew_spare_codes(codes=codes, acting_user=request.user, at=now_at())
    shown = [f"{one[:5]}-{one[5:]}" for one in codes]
    return render(request, "web/spare_codes.html", {"codes": shown})


@guarded(CHANGE_OWN_ENTRY)
@require_POST
def remove_factor(request: SignedInRequest, factor_id: int) -> HttpResponse:
    """Take away one of one's own second factors."""
    second_factors.remove_factor(factor_id=factor_id, acting_user=request.user, at=now_at())
    if not factors(request.user).has_any:
        note_factor(request, "password")
    return redirect(f"{reverse('security')}?done=removed")


@guarded(OWN_ENTRY)
@never_cache
@require_safe
def session_list(request: SignedInRequest) -> HttpResponse:
    """Show where one is signed in now, and when one came in lately."""
    key = request.session.session_key or ""
    context = {
        "sessions": sessions(request.user, request.user, this=key),
        "sign_ins": sign_ins(request.user, request.user),
        "done": request.GET.get("done", ""),
    }
    return render(request, "web/sessions.html", context)


@guarded(OWN_ENTRY)
@require_POST
def end_session(request: SignedInRequest) -> HttpResponse:
    """End one session of oneself, or all but this one."""
    named = request.POST.get("session", "")
    if named:
        session_acts.end_session(session_id=named, acting_user=request.user, at=now_at())
    else:
        session_acts.end_other_sessions(
            kept_session=request.session.session_key or "",
            acting_user=request.user,
            at=now_at(),
        )
    return redirect(f"{reverse('sessions')}?done=ended")


def _fresh_secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def _fresh_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))
