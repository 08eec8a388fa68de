"""How does somebody come in, and where do they begin?"""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.internal.auth import begin_authentication
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openspiff.web.access import ANYONE, OWN_ENTRY, SIGNED_IN, Viewer, home_of
from openspiff.web.actions import second_factors, sign_in as acts
from openspiff.web.actions.tries import TooManyTriesError
from openspiff.web.forms.english import in_english
from openspiff.web.forms.people import CodeForm, ConfirmForm, CredentialForm, SignInForm
from openspiff.web.queries.users import factors

from ._doors import (
    SignedInRequest,
    confirm,
    guarded,
    now_at,
    too_many_page,
    visitor_of,
)
from ._entering import ask_second_factor, come_in, go_on, needs_second_factor, pending


@guarded(SIGNED_IN)
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Send everybody to the page where their work begins."""
    name, arguments = home_of(request.user)
    return redirect(reverse(name, kwargs=arguments))


@guarded(ANYONE)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Ask for name and password; a refusal takes as long for unknown names as for known."""
    if request.method != "POST" and isinstance(request.user, Viewer):
        return redirect("home")
    form = SignInForm(request.POST if request.method == "POST" else None, label_suffix="")
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    status = 400 if form.is_bound else 200
    if form.is_valid():
        try:
            user = acts.password_fits(
                request=request,
                **form.cleaned_data,
                visitor=visitor_of(request),
                at=now_at(),
            )
        except TooManyTriesError as error:
            form.add_error(None, _("too many tries: wait a quarter of an hour"))
            response = _sign_in_page(request, form, wanted, status=429)
            response["Retry-After"] = str(error.retry_seconds)
            return response
        except acts.SignInRefusedError:
            form.add_error(None, _("this name and password do not fit"))
        else:
            if needs_second_factor(user):
                ask_second_factor(request, user, wanted=wanted)
                return redirect("sign_in_code")
            return come_in(request, user, way="password", wanted=wanted)
    return _sign_in_page(request, form, wanted, status=status)


@guarded(ANYONE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponseBase:
    """Ask whose password fitted for a code or a passkey; nobody else has this page."""
    found = pending(request)
    if found is None:
        return redirect("sign_in")
    user, wanted = found
    form = CodeForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method == "POST":
        try:
            way = _shown_factor(request, user, form, is_confirmation=False)
        except acts.SignInRefusedError as error:
            form.add_error(None, in_english(error.message))
        else:
            if way:
                return come_in(request, user, way=way, wanted=wanted)
    context = {"form": form, "factors": factors(user), "who": user}
    status = 400 if form.is_bound else 200
    return render(request, "web/sign_in_code.html", context, status=status)


@guarded(ANYONE)
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_passkey(request: HttpRequest) -> HttpResponseBase:
    """Let somebody in by a passkey alone: a GET asks the question, a POST answers it."""
    if request.method == "GET":
        return JsonResponse(begin_authentication())
    form = CredentialForm(request.POST)
    wanted = request.POST.get("next", "")
    try:
        user = second_factors.passkey_fits(
            user=None,
            credential=form.cleaned_data["credential"] if form.is_valid() else None,
            visitor=visitor_of(request),
            at=now_at(),
        )
    except acts.SignInRefusedError:
        again = SignInForm(label_suffix="")
        words = _("this passkey does not fit")
        return _sign_in_page(request, again, wanted, status=400, said=words)
    return come_in(request, user, way="passkey", wanted=wanted)


@guarded(ANYONE)
@never_cache
@require_safe
def sign_in_code_passkey(request: HttpRequest) -> HttpResponseBase:
    """Ask the passkeys of whose password fitted."""
    found = pending(request)
    return JsonResponse({} if found is None else begin_authentication(found[0]))


@guarded(ANYONE)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("sign_in")


@guarded(OWN_ENTRY)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_identity(request: SignedInRequest) -> HttpResponseBase:
    """Ask for the password, a code or a passkey once more, then go on."""
    has_code = bool(request.POST.get("code") or request.POST.get("credential"))
    posted = request.POST if request.method == "POST" else None
    form = ConfirmForm(None if has_code else posted, label_suffix="")
    code_form = CodeForm(posted if has_code else None, label_suffix="")
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    try:
        if has_code:
            is_shown = bool(
                _shown_factor(request, request.user, code_form, is_confirmation=True)
            )
        else:
            is_shown = form.is_valid() and _shown_password(request, form)
    except acts.SignInRefusedError as error:
        (code_form if has_code else form).add_error(None, in_english(error.message))
        is_shown = False
    except TooManyTriesError as error:
        return too_many_page(request, error)
    if is_shown:
        confirm(request)
        return go_on(request, request.user, wanted=wanted)
    context = {
        "form": form,
        "code_form": code_form,
        "factors": factors(request.user),
        "has_password": request.user.has_usable_password(),
        "provider": settings.OPENSPIFF_OIDC,
        "next": wanted,
    }
    status = 400 if posted is not None else 200
    return render(request, "web/confirm_identity.html", context, status=status)


@guarded(OWN_ENTRY)
@never_cache
@require_safe
def confirm_passkey(request: SignedInRequest) -> HttpResponseBase:
    """Ask one's own passkeys."""
    return JsonResponse(begin_authentication(request.user))


def _shown_password(request: SignedInRequest, form: ConfirmForm) -> bool:
    acts.confirm_password(
        request=request,
        user=request.user,
        password=form.cleaned_data["password"],
        visitor=visitor_of(request),
        at=now_at(),
    )
    return True


def _shown_factor(
    request: HttpRequest, user: Viewer, form: CodeForm, *, is_confirmation: bool
) -> str:
    """Return by which factor the form shows who `user` is; nothing for an empty form."""
    visitor = visitor_of(request)
    if request.POST.get("credential"):
        sent = CredentialForm(request.POST)
        credential = sent.cleaned_data["credential"] if sent.is_valid() else None
        second_factors.passkey_fits(
            user=user, credential=credential, visitor=visitor, at=now_at()
        )
        return "passkey"
    if not form.is_valid():
        return ""
    return second_factors.code_fits(
        user=user,
        code=form.cleaned_data["code"],
        is_confirmation=is_confirmation,
        visitor=visitor,
        at=now_at(),
    )


def _sign_in_page(
    request: HttpRequest, form: SignInForm, wanted: str, *, status: int, said: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "next": wanted,
        "said": said,
        "provider": settings.OPENSPIFF_OIDC,
    }
    return render(request, "web/sign_in.html", context, status=status)
