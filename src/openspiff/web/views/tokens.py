"""Which machines act in my name? Their tokens: made, rotated, taken back."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from openspiff.web.access import MAKE_TOKENS, OWN_TOKENS, scopes_for
from openspiff.web.actions import tokens as token_acts
from openspiff.web.actions.tokens import NewToken, Secret, TokenError
from openspiff.web.forms.numbers import page_number
from openspiff.web.forms.tokens import RotateForm, TokenForm
from openspiff.web.queries.tokens import tokens_of, tokens_of_others

from ._doors import SignedInRequest, guarded, now_at


@guarded(OWN_TOKENS)
@never_cache
@require_http_methods(["GET", "HEAD"])
def token_list(request: SignedInRequest) -> HttpResponse:
    """Show the viewer's own tokens, and to an administrator everybody else's."""
    return _page(request)


@guarded(MAKE_TOKENS)
@never_cache
@require_http_methods(["GET", "POST"])
def make_token(request: SignedInRequest) -> HttpResponseBase:
    """Make a token and show it, once."""
    scopes = scopes_for(request.user)
    form = TokenForm(request.POST or None, scopes=scopes)
    if request.method == "POST" and form.is_valid():
        new = NewToken(
            label=form.cleaned_data["label"],
            scopes=tuple(form.cleaned_data["scopes"]),
            days=form.cleaned_data["days"],
        )
        secret = _fresh_secret()
        try:
            made = token_acts.make_token(
                token=new, secret=secret, acting_user=request.user, at=now_at()
            )
        except TokenError as error:
            for problem in error.problems:
                place = problem.place if problem.place in form.fields else None
                form.add_error(place, f"{problem.message}: {problem.remedy}")
        else:
            return _shown_once(request, made.label, secret)
    status = 422 if form.errors else 200
    return render(request, "web/token_new.html", {"form": form}, status=status)


@guarded(MAKE_TOKENS)
@never_cache
@require_POST
def rotate_token(request: SignedInRequest, token_id: int) -> HttpResponseBase:
    """Replace a token by a new one and show that, once."""
    form = RotateForm(request.POST)
    secret = _fresh_secret()
    made = token_acts.rotate_token(
        token_id=token_id,
        overlap_days=form.cleaned_data["overlap_days"] if form.is_valid() else -1,
        secret=secret,
        acting_user=request.user,
        at=now_at(),
    )
    return _shown_once(request, made.label, secret)


@guarded(OWN_TOKENS)
@require_POST
def revoke_token(request: SignedInRequest, token_id: int) -> HttpResponseBase:
    """Take a token back: it opens nothing from now on."""
    token_acts.revoke_token(token_id=token_id, acting_user=request.user, at=now_at())
    return redirect(f"{reverse('tokens')}?done=revoked")


def _page(request: SignedInRequest) -> HttpResponse:
    at = now_at()
    context: dict[str, Any] = {
        "tokens": tokens_of(request.user, at=at),
        "others": tokens_of_others(
            request.user, at=at, page=page_number(request.GET.get("page", ""))
        ),
        "rotate": RotateForm(),
        "done": request.GET.get("done", ""),
    }
    return render(request, "web/tokens.html", context)


def _shown_once(request: SignedInRequest, label: str, secret: Secret) -> HttpResponse:
    context = {
        "label": label,
        "token": str(secret),
        "site": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "web/token_shown.html", context)


def _fresh_secret() -> Secret:
    return Secret(name=secrets.token_hex(6), secret=secrets.token_urlsafe(32))
