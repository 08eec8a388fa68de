"""How does somebody come in, and where do they begin?"""

from __future__ import annotations

from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openspiff.web.access import ANYONE, SIGNED_IN, Viewer, home_of
from openspiff.web.actions import people
from openspiff.web.forms.people import ConfirmForm, SignInForm

from ._doors import SignedInRequest, confirm, guarded, now_at


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
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password; a refusal takes as long for unknown names as for known."""
    if request.method != "POST" and isinstance(request.user, Viewer):
        return redirect("home")
    form = SignInForm(request.POST if request.method == "POST" else None, label_suffix="")
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if form.is_valid():
        try:
            user = people.sign_in(
                request=request,
                **form.cleaned_data,
                address=request.META.get("REMOTE_ADDR", ""),
                at=now_at(),
            )
        except people.TooManyTriesError as error:
            form.add_error(None, error.message)
            response = _sign_in_page(request, form, wanted, status=429)
            response["Retry-After"] = str(error.retry_seconds)
            return response
        except people.SignInRefusedError as error:
            form.add_error(None, error.message)
        else:
            login(request, user)
            confirm(request)
            return redirect(wanted if _is_ours(request, wanted) else "home")
    return _sign_in_page(request, form, wanted, status=400 if form.is_bound else 200)


@guarded(ANYONE)
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("sign_in")


@guarded(SIGNED_IN)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_identity(request: SignedInRequest) -> HttpResponse:
    """Ask for the password once more, then go on to what was asked for."""
    form = ConfirmForm(request.POST if request.method == "POST" else None, label_suffix="")
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if form.is_valid():
        try:
            people.confirm_password(
                user=request.user,
                request=request,
                password=form.cleaned_data["password"],
                address=request.META.get("REMOTE_ADDR", ""),
                at=now_at(),
            )
        except (people.TooManyTriesError, people.SignInRefusedError) as error:
            form.add_error(None, error.message)
        else:
            confirm(request)
            return redirect(wanted if _is_ours(request, wanted) else "home")
    context = {"form": form, "next": wanted}
    status = 400 if form.is_bound else 200
    return render(request, "web/confirm_identity.html", context, status=status)


def _sign_in_page(
    request: HttpRequest, form: SignInForm, wanted: str, *, status: int
) -> HttpResponse:
    return render(
        request, "web/sign_in.html", {"form": form, "next": wanted}, status=status
    )


def _is_ours(request: HttpRequest, url: str) -> bool:
    return url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
