"""How is a form kept while its sender shows who they are? Sealed, in their session."""

from __future__ import annotations

import secrets
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from openspiff.web.access import Viewer
from openspiff.web.actions.kept_forms import (
    KeptForm,
    kept_form,
    opened_form,
    sealed_form,
)

_KEY: Final = "kept_form"


def form_of(request: HttpRequest, *, user_id: int, at: int) -> KeptForm:
    """Return what can be kept of the form that was just sent."""
    return kept_form(
        path=request.get_full_path(),
        user_id=user_id,
        at=at,
        fields=[
            (str(name), str(value))
            for name, values in request.POST.lists()
            for value in values
        ],
        files=[str(name) for name in request.FILES],
    )


def keep_form(request: HttpRequest, *, user_id: int, at: int) -> None:
    """Keep the form that was just sent in the session, for this user and its address."""
    sealed = sealed_form(
        form_of(request, user_id=user_id, at=at), nonce=secrets.token_bytes(12)
    )
    if sealed:
        request.session[_KEY] = sealed


def sent_again_page(
    request: HttpRequest, user: Viewer, *, path: str, at: int
) -> HttpResponse | None:
    """Return the page that offers to send the kept form again, if one waits for `path`.

    It is offered once, to whoever sent it.
    """
    sealed = request.session.pop(_KEY, "")
    kept = opened_form(sealed, path=path, user_id=user.pk, at=at) if sealed else None
    if kept is None:
        return None
    return render(request, "web/send_again.html", {"kept": kept})
