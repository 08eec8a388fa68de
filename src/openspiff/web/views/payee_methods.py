"""Where is a payee paid to? Set by the payee, seen masked by those who pay."""

from __future__ import annotations

import secrets

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from openspiff.web.access import (
    LIST_PAYOUT_DETAILS,
    READ_PAYOUT_METHODS,
    SET_PAYOUT_METHOD,
    NotVisibleError,
)
from openspiff.web.actions.payee_methods import set_payout_method
from openspiff.web.forms.payee import PageForm, PayoutMethodForm
from openspiff.web.queries import payee_methods, people

from ._doors import SignedInRequest, guarded, now_at, shown_at

_NONCE_BYTES = 12


@guarded(READ_PAYOUT_METHODS)
@never_cache
@require_safe
def payout_method(request: SignedInRequest, payee_id: str) -> HttpResponse:
    """Show the account in force, masked, and every change of it."""
    payee = people.payee(request.user, payee_id)
    found = payee_methods.payout_methods(request.user, payee_id, at=shown_at())
    context = {
        "payee": payee,
        "is_own": request.user.payee_id == payee_id,
        "current": found[0] if found else None,
        "methods": found,
    }
    return render(request, "web/payout_method.html", context)


@guarded(SET_PAYOUT_METHOD)
@never_cache
@sensitive_post_parameters("iban", "routing", "account")
@require_http_methods(["GET", "HEAD", "POST"])
def new_payout_method(request: SignedInRequest, payee_id: str) -> HttpResponse:
    """Take a new account from its payee, whose password was asked for once more."""
    viewer = request.user
    payee = people.payee(viewer, payee_id)
    last = payee_methods.last_number(viewer, payee_id)
    kind = request.POST.get("kind") or request.GET.get("kind") or ""
    form = PayoutMethodForm(
        request.POST if request.method == "POST" else None,
        kind=kind,
        initial={"after_number": last, "holder": payee.name},
    )
    if form.is_valid() and form.checked is not None:
        set_payout_method(
            payee_id=payee_id,
            account=form.checked,
            after_number=form.cleaned_data["after_number"],
            nonce=secrets.token_bytes(_NONCE_BYTES),
            acting_user=viewer,
            at=now_at(),
        )
        return redirect("payout_method", payee_id=payee_id)
    context = {"payee": payee, "form": form, "kinds": _kinds(form.kind)}
    status = 400 if form.is_bound else 200
    return render(request, "web/new_payout_method.html", context, status=status)


@guarded(LIST_PAYOUT_DETAILS)
@never_cache
@require_safe
def payout_methods(request: SignedInRequest) -> HttpResponse:
    """List the accounts in force, the last changed first, for those who pay."""
    form = PageForm(request.GET)
    if not form.is_valid():
        message = "no such page"
        raise NotVisibleError(message)
    page = form.cleaned_data["page"] or 1
    found = payee_methods.methods_page(request.user, page=page, at=shown_at())
    return render(request, "web/payout_methods.html", {"found": found})


def _kinds(chosen: str) -> list[dict[str, str | bool]]:
    named = (("iban", _("IBAN")), ("us", _("United States")))
    return [{"kind": k, "name": name, "is_chosen": k == chosen} for k, name in named]
