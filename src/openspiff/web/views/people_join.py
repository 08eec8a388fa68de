"""How does somebody come in by a link? With a name and a password of their own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from openspiff.web.access import ANYONE
from openspiff.web.actions import invitations
from openspiff.web.actions.people import UserError
from openspiff.web.actions.sign_in import PasswordError
from openspiff.web.forms.people import JoinForm, NewPasswordForm

from ._doors import guarded, now_at, visitor_of
from ._entering import ask_second_factor, come_in, needs_second_factor
from ._problems import add_problems


@guarded(ANYONE)
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """Take the names and the password of somebody who was invited, or a new password."""
    try:
        found = invitations.find_invitation(
            token=token, visitor=visitor_of(request), at=now_at()
        )
        if found.is_for_password:
            return _new_password(request, found)
        return _join(request, found)
    except invitations.InvitationGoneError:
        return render(request, "web/link_gone.html", status=410)


def _join(request: HttpRequest, found: Any) -> HttpResponseBase:
    start = {"name": found.name, "username": found.email.partition("@")[0]}
    posted = request.POST if request.method == "POST" else None
    form = JoinForm(posted, initial=start, label_suffix="")
    if form.is_valid():
        given = invitations.Acceptance(**form.cleaned_data)
        try:
            user = invitations.accept_invitation(invitation=found, given=given, at=now_at())
        except UserError as error:
            add_problems(form, error)
        else:
            return come_in(request, user, way="password", wanted="")
    context = {"form": form, "invitation": found, "role": found.get_role_display()}
    return _page(request, "web/join.html", context, is_bound=form.is_bound)


def _new_password(request: HttpRequest, found: Any) -> HttpResponseBase:
    posted = request.POST if request.method == "POST" else None
    form = NewPasswordForm(posted, label_suffix="")
    if form.is_valid():
        try:
            user = invitations.accept_password_link(
                invitation=found, password=form.cleaned_data["password"], at=now_at()
            )
        except PasswordError as error:
            add_problems(form, error)
        else:
            # The link stands for the password only, never for the second factor.
            if needs_second_factor(user):
                ask_second_factor(request, user, wanted="")
                return redirect("sign_in_code")
            return come_in(request, user, way="password", wanted="")
    context = {"form": form, "who": found.user}
    return _page(request, "web/new_password.html", context, is_bound=form.is_bound)


def _page(
    request: HttpRequest, template: str, context: dict[str, object], *, is_bound: bool
) -> HttpResponse:
    return render(request, template, context, status=400 if is_bound else 200)
