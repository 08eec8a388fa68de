"""Which systems tell us of events? Sources: made, turned on and off, given a new secret."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from openspiff.web.access import CHANGE_HOOKS, READ_HOOKS
from openspiff.web.actions import webhook_sources
from openspiff.web.actions.webhook_endpoints import EndpointError
from openspiff.web.actions.webhook_sources import ConflictError
from openspiff.web.forms.webhooks import OverlapForm, SourceForm

from ._doors import SignedInRequest, guarded, now_at
from .webhooks import fresh_secret, shown_once


@guarded(CHANGE_HOOKS)
@never_cache
@require_http_methods(["GET", "POST"])
def new_source(request: SignedInRequest) -> HttpResponseBase:
    """Make a source and show its secret, once."""
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        secret = fresh_secret()
        try:
            made = webhook_sources.add_source(
                name=form.cleaned_data["name"],
                secret=secret,
                acting_user=request.user,
                at=now_at(),
            )
        except (EndpointError, ConflictError) as error:
            for problem in error.problems:
                form.add_error("name", f"{problem.message}: {problem.remedy}")
        else:
            return shown_once(
                request,
                made.name,
                secret,
                back=reverse("webhooks"),
                url=_address(request, made.name),
            )
    status = 422 if form.errors else 200
    return render(request, "web/webhook_source_new.html", {"form": form}, status=status)


@guarded(READ_HOOKS)
@require_POST
def turn_source(request: SignedInRequest, source_id: int, to: str) -> HttpResponse:
    """Take the messages of a source, or refuse them from now on."""
    webhook_sources.turn_source(
        source_id=source_id, is_on=to == "on", acting_user=request.user, at=now_at()
    )
    return redirect(f"{reverse('webhooks')}?done={to}")


@guarded(CHANGE_HOOKS)
@never_cache
@require_POST
def rotate_source(request: SignedInRequest, source_id: int) -> HttpResponseBase:
    """Replace the secret of a source and show the new one, once."""
    form = OverlapForm(request.POST)
    secret = fresh_secret()
    made = webhook_sources.rotate_source_secret(
        source_id=source_id,
        overlap_hours=form.cleaned_data["overlap_hours"] if form.is_valid() else -1,
        secret=secret,
        acting_user=request.user,
        at=now_at(),
    )
    url = _address(request, made.name)
    return shown_once(request, made.name, secret, back=reverse("webhooks"), url=url)


def _address(request: SignedInRequest, name: str) -> str:
    return request.build_absolute_uri(reverse("api_hook_events", kwargs={"source": name}))
