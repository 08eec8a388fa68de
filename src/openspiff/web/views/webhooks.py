"""Which systems are told of what happens here? Endpoints, and the log of each."""

from __future__ import annotations

import secrets

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from openspiff.web.access import CHANGE_HOOKS, READ_HOOKS
from openspiff.web.actions import webhook_endpoints, webhooks as hook_acts
from openspiff.web.actions.webhook_endpoints import EndpointError, NewEndpoint
from openspiff.web.actions.webhook_signatures import HookSecret
from openspiff.web.forms.numbers import page_number
from openspiff.web.forms.webhooks import EndpointForm, OverlapForm
from openspiff.web.queries import webhooks

from ._doors import SignedInRequest, guarded, now_at


@guarded(READ_HOOKS)
@require_GET
def webhook_list(request: SignedInRequest) -> HttpResponse:
    """Show every endpoint and every source, with how they do."""
    context = {
        "endpoints": webhooks.endpoints(request.user),
        "sources": webhooks.sources(request.user),
        "overlap": OverlapForm(),
        "at": now_at(),
        "site": f"{request.scheme}://{request.get_host()}",
        "done": request.GET.get("done", ""),
    }
    return render(request, "web/webhooks.html", context)


@guarded(CHANGE_HOOKS)
@never_cache
@require_http_methods(["GET", "POST"])
def new_endpoint(request: SignedInRequest) -> HttpResponseBase:
    """Make an endpoint and show its secret, once."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        secret = fresh_secret()
        new = NewEndpoint(
            name=secrets.token_hex(8),
            label=form.cleaned_data["label"],
            url=form.cleaned_data["url"],
            kinds=tuple(form.cleaned_data["kinds"]),
        )
        try:
            made = webhook_endpoints.add_endpoint(
                endpoint=new, secret=secret, acting_user=request.user, at=now_at()
            )
        except EndpointError as error:
            for problem in error.problems:
                place = problem.place if problem.place in form.fields else None
                form.add_error(
                    place, ": ".join(filter(None, [problem.message, problem.remedy]))
                )
        else:
            back = reverse("endpoint", kwargs={"endpoint_id": made.pk})
            return shown_once(request, made.label, secret, back=back)
    status = 422 if form.errors else 200
    return render(request, "web/webhook_new.html", {"form": form}, status=status)


@guarded(READ_HOOKS)
@require_GET
def endpoint(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    """Show an endpoint with the log of its messages."""
    context = {
        "endpoint": webhooks.endpoint(request.user, endpoint_id),
        "log": webhooks.deliveries_of(
            request.user, endpoint_id, number=page_number(request.GET.get("page", ""))
        ),
        "overlap": OverlapForm(),
        "at": now_at(),
        "done": request.GET.get("done", ""),
    }
    return render(request, "web/webhook.html", context)


@guarded(READ_HOOKS)
@require_POST
def turn_endpoint(request: SignedInRequest, endpoint_id: int, to: str) -> HttpResponse:
    """Turn an endpoint on or off."""
    webhooks.endpoint(request.user, endpoint_id)
    turn = webhook_endpoints.turn_on if to == "on" else webhook_endpoints.turn_off
    turn(endpoint_id=endpoint_id, acting_user=request.user, at=now_at())
    return _back_to(endpoint_id, done=to)


@guarded(READ_HOOKS)
@require_POST
def test_endpoint(request: SignedInRequest, endpoint_id: int) -> HttpResponse:
    """Send a message that says nothing, to see whether the endpoint answers."""
    made = hook_acts.send_test(
        endpoint_id=endpoint_id, acting_user=request.user, at=now_at()
    )
    return redirect("delivery", delivery_id=made.pk)


@guarded(CHANGE_HOOKS)
@never_cache
@require_POST
def rotate_endpoint(request: SignedInRequest, endpoint_id: int) -> HttpResponseBase:
    """Replace the secret of an endpoint and show the new one, once."""
    form = OverlapForm(request.POST)
    secret = fresh_secret()
    made = webhook_endpoints.rotate_endpoint_secret(
        endpoint_id=endpoint_id,
        overlap_hours=form.cleaned_data["overlap_hours"] if form.is_valid() else -1,
        secret=secret,
        acting_user=request.user,
        at=now_at(),
    )
    back = reverse("endpoint", kwargs={"endpoint_id": endpoint_id})
    return shown_once(request, made.label, secret, back=back)


@guarded(READ_HOOKS)
@require_GET
def delivery(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    """Show a message: its body, and every try with what came back."""
    context = {
        "delivery": webhooks.delivery(request.user, delivery_id),
        "at": now_at(),
        "done": request.GET.get("done", ""),
    }
    return render(request, "web/webhook_delivery.html", context)


@guarded(READ_HOOKS)
@require_POST
def redeliver(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    """Send a message again, the same as before."""
    hook_acts.redeliver(delivery_id=delivery_id, acting_user=request.user, at=now_at())
    url = reverse("delivery", kwargs={"delivery_id": delivery_id})
    return redirect(f"{url}?done=again")


def fresh_secret() -> HookSecret:
    """Return a new secret of chance, and the nonce that seals it."""
    return HookSecret(key=secrets.token_bytes(32), nonce=secrets.token_bytes(12))


def shown_once(
    request: SignedInRequest, label: str, secret: HookSecret, *, back: str, url: str = ""
) -> HttpResponse:
    """Show a secret; nobody sees it again."""
    context = {"label": label, "secret": str(secret), "back": back, "url": url}
    return render(request, "web/webhook_secret.html", context)


def _back_to(endpoint_id: int, *, done: str) -> HttpResponse:
    url = reverse("endpoint", kwargs={"endpoint_id": endpoint_id})
    return redirect(f"{url}?done={done}")
