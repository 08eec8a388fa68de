"""How do administrators look after those who come in? List, person, role, links."""

from __future__ import annotations

import secrets

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openspiff.web.access import CHANGE_PEOPLE, INVITE, MANAGE_PEOPLE
from openspiff.web.actions import invitations, people, second_factors, sessions as sessions_
from openspiff.web.forms.people import InviteForm, RoleForm, SearchForm
from openspiff.web.queries import users

from ._doors import SignedInRequest, guarded, now_at
from ._problems import add_problems

TOKEN_BYTES = 32


@guarded(MANAGE_PEOPLE)
@require_safe
def people_list(request: SignedInRequest) -> HttpResponse:
    """List everybody who comes in, and whoever was asked to."""
    form = SearchForm(request.GET, label_suffix="")
    asked = form.cleaned_data if form.is_valid() else {}
    search = (asked.get("q") or "").replace("\0", "")
    context = {
        "form": form,
        "search": search,
        "found": users.users_visible(
            request.user, search=search, page=asked.get("page") or 1
        ),
        "invitations": users.invitations_open(request.user, at=now_at()),
        "done": request.GET.get("done", ""),
    }
    return render(request, "web/people.html", context)


@guarded(MANAGE_PEOPLE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: SignedInRequest) -> HttpResponse:
    """Ask somebody to come in, and show the link to hand over, once."""
    posted = request.POST if request.method == "POST" else None
    form = InviteForm(posted, roles=users.role_names(), label_suffix="")
    if form.is_valid():
        token = secrets.token_urlsafe(TOKEN_BYTES)
        try:
            made = invitations.invite(
                invitation=invitations.NewInvitation(**form.cleaned_data),
                token=token,
                acting_user=request.user,
                at=now_at(),
            )
        except invitations.InvitationError as error:
            add_problems(form, error)
        else:
            return link_page(
                request,
                token,
                whom=str(made),
                expires_at=made.expires_at,
                mailed_to=made.email,
            )
    status = 400 if form.is_bound else 200
    return render(request, "web/invite.html", {"form": form}, status=status)


@guarded(MANAGE_PEOPLE)
@never_cache
@require_safe
def person(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Show one person: role, second factors, sessions, sign-ins."""
    line = users.user_visible(request.user, user_id)
    form = RoleForm(
        initial={
            "role": line.user.role,
            "payee_id": line.user.payee_id,
            "firm_id": line.user.firm_id,
        },
        roles=users.role_names(),
        label_suffix="",
    )
    context = {
        "line": line,
        "person": line.user,
        "form": form,
        "is_self": line.user.pk == request.user.pk,
        "factors": users.factors(request.user, line.user),
        "sessions": users.sessions(request.user, line.user),
        "sign_ins": users.sign_ins(request.user, line.user),
        "done": request.GET.get("done", ""),
    }
    return render(request, "web/person.html", context)


@guarded(CHANGE_PEOPLE)
@require_POST
def set_role(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Give somebody another role."""
    line = users.user_visible(request.user, user_id)
    form = RoleForm(request.POST, roles=users.role_names())
    # A role that the form does not know is refused by the action, with the others.
    said = form.cleaned_data if form.is_valid() else {"role": request.POST.get("role", "")}
    people.set_role(user=line.user, **said, acting_user=request.user, at=now_at())
    return _back(user_id, "role")


@guarded(CHANGE_PEOPLE)
@require_POST
def set_active(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Let somebody in no longer, or again."""
    line = users.user_visible(request.user, user_id)
    people.set_active(
        user=line.user,
        is_active=request.POST.get("is_active") == "1",
        acting_user=request.user,
        at=now_at(),
    )
    return _back(user_id, "active")


@guarded(CHANGE_PEOPLE)
@never_cache
@require_POST
def password_link(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Make a link for a new password, and show it to hand over, once."""
    line = users.user_visible(request.user, user_id)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = invitations.make_password_link(
        user=line.user, token=token, acting_user=request.user, at=now_at()
    )
    return link_page(
        request, token, whom=str(line.user), expires_at=made.expires_at, is_password=True
    )


@guarded(CHANGE_PEOPLE)
@require_POST
def remove_factors(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Take away the second factors of somebody who lost theirs."""
    line = users.user_visible(request.user, user_id)
    second_factors.remove_factors_of(user=line.user, acting_user=request.user, at=now_at())
    return _back(user_id, "factors")


@guarded(MANAGE_PEOPLE)
@require_POST
def end_sessions(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Sign somebody out everywhere."""
    line = users.user_visible(request.user, user_id)
    sessions_.end_sessions_of(user=line.user, acting_user=request.user, at=now_at())
    return _back(user_id, "sessions")


@guarded(INVITE)
@never_cache
@require_POST
def renew_invitation(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Make a new link for an open invitation; the old one works no longer."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    made = invitations.renew_invitation(
        invitation_id=invitation_id, token=token, acting_user=request.user, at=now_at()
    )
    return link_page(
        request,
        token,
        whom=str(made),
        expires_at=made.expires_at,
        mailed_to="" if made.is_for_password else made.email,
    )


@guarded(INVITE)
@require_POST
def revoke_invitation(request: SignedInRequest, invitation_id: int) -> HttpResponse:
    """Let the link of an invitation work no longer."""
    invitations.revoke_invitation(
        invitation_id=invitation_id, acting_user=request.user, at=now_at()
    )
    return redirect(f"{_start(request)}?done=revoked")


def link_page(
    request: SignedInRequest,
    token: str,
    *,
    whom: str,
    expires_at: int,
    is_password: bool = False,
    mailed_to: str = "",
) -> HttpResponse:
    """Show a link that was just made: it cannot be shown again, only made anew."""
    context = {
        "link": request.build_absolute_uri(reverse("join", kwargs={"token": token})),
        "whom": whom,
        "expires_at": expires_at,
        "is_password": is_password,
        "mailed_to": mailed_to,
        "back": _start(request),
    }
    return render(request, "web/link.html", context)


def _start(request: HttpRequest) -> str:
    firm_id = getattr(request.user, "firm_id", "")
    is_owner = getattr(request.user, "role", "") == "firm_owner"
    return reverse("firm", kwargs={"firm_id": firm_id}) if is_owner else reverse("people")


def _back(user_id: int, done: str) -> HttpResponse:
    return redirect(f"{reverse('person', kwargs={'user_id': user_id})}?done={done}")
