"""What does a firm see and decide? Its consent, its people, what they earned."""

from __future__ import annotations

import datetime as dt
import secrets

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openspiff.web.access import (
    INVITE,
    LEAVE_FIRM,
    READ_FIRM,
    READ_FIRMS,
    RECORD_CONSENT,
    NotVisibleError,
    may_act,
)
from openspiff.web.actions import firms as acts, invitations
from openspiff.web.forms.numbers import page_number
from openspiff.web.forms.people import (
    ConsentForm,
    InviteToFirmForm,
    PaperConsentForm,
    SearchForm,
)
from openspiff.web.queries import firms, users

from ._doors import SignedInRequest, guarded, now_at
from ._problems import add_problems
from ._show import local_day
from .people_others import TOKEN_BYTES, link_page


@guarded(READ_FIRMS)
@require_safe
def firm_list(request: SignedInRequest) -> HttpResponse:
    """List every firm with what it said about its people being paid."""
    form = SearchForm(request.GET, label_suffix="")
    form.fields["q"].label = _("Firm")
    asked = form.cleaned_data if form.is_valid() else {}
    search = (asked.get("q") or "").replace("\0", "")
    found = firms.firms_visible(request.user, search=search, page=asked.get("page") or 1)
    context = {"form": form, "search": search, "found": found}
    return render(request, "web/firms.html", context)


@guarded(READ_FIRM)
@require_safe
def firm(request: SignedInRequest, firm_id: str) -> HttpResponse:
    """Show one firm: its consent, its people, what they earned."""
    page = page_number(request.GET.get("page", ""))
    found = firms.firm(request.user, firm_id, page=page)
    is_owner = may_act(request.user, "leave_firm")
    context = {
        "firm": found,
        "is_owner": is_owner,
        "may_record": may_act(request.user, "record_consent"),
        "invitations": users.invitations_open(request.user, at=now_at())
        if is_owner
        else [],
        "done": request.GET.get("done", ""),
    }
    return render(request, "web/firm.html", context)


@guarded(RECORD_CONSENT)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: SignedInRequest, firm_id: str) -> HttpResponse:
    """Take the word of a firm: consent, or the withdrawal of it."""
    found = firms.firm(request.user, firm_id)
    is_owner = may_act(request.user, "leave_firm")
    kind = ConsentForm if is_owner else PaperConsentForm
    posted = request.POST if request.method == "POST" else None
    form = kind(posted, initial={"seen": found.consent.number}, label_suffix="")
    is_given = not found.consent.is_given
    if form.is_valid():
        at = now_at()
        try:
            acts.record_consent(
                firm_id=firm_id,
                is_given=is_given,
                name_typed=form.cleaned_data["name"],
                seen_number=form.cleaned_data["seen"],
                acting_user=request.user,
                at=at,
                given_on=_signed_on(form, at),
            )
        except acts.ConsentError as error:
            add_problems(form, error)
        else:
            back = reverse("firm", kwargs={"firm_id": firm_id})
            return redirect(f"{back}?done={'consent' if is_given else 'withdrawn'}")
    context = {
        "firm": found,
        "form": form,
        "is_given": is_given,
        "is_owner": is_owner,
        "wording": firms.consent_wording(),
    }
    status = 400 if form.is_bound else 200
    return render(request, "web/consent.html", context, status=status)


@guarded(INVITE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite_to_firm(request: SignedInRequest, firm_id: str) -> HttpResponse:
    """Ask one of the own roster, or another owner, to come in."""
    payees = firms.payees_without_user(request.user, firm_id)
    posted = request.POST if request.method == "POST" else None
    form = InviteToFirmForm(posted, payees=payees, label_suffix="")
    if form.is_valid():
        payee_id = form.cleaned_data["payee_id"]
        token = secrets.token_urlsafe(TOKEN_BYTES)
        try:
            made = invitations.invite(
                invitation=invitations.NewInvitation(
                    role="payee" if payee_id else "firm_owner",
                    name=dict(payees).get(payee_id, form.cleaned_data["name"]),
                    payee_id=payee_id,
                    firm_id=firm_id,
                ),
                token=token,
                acting_user=request.user,
                at=now_at(),
            )
        except invitations.InvitationError as error:
            add_problems(form, error)
        else:
            return link_page(request, token, whom=str(made), expires_at=made.expires_at)
    context = {"form": form, "firm_id": firm_id}
    status = 400 if form.is_bound else 200
    return render(request, "web/invite_to_firm.html", context, status=status)


@guarded(LEAVE_FIRM)
@require_POST
def leave_firm(request: SignedInRequest, firm_id: str, user_id: int) -> HttpResponse:
    """Note that somebody left the own firm."""
    if firm_id != request.user.firm_id:
        raise NotVisibleError("no such firm")
    acts.leave_firm(user_id=user_id, acting_user=request.user, at=now_at())
    back = reverse("firm", kwargs={"firm_id": firm_id})
    return redirect(f"{back}?done=left")


def _signed_on(form: ConsentForm, at: int) -> dt.date:
    day: dt.date | None = form.cleaned_data.get("given_on")
    return local_day(at, "UTC") if day is None else day
