"""Of what is somebody told by mail, how soon, and how does a mail look?"""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from openspiff.web.access import ANYONE, OWN_NOTICES, PREVIEW_NOTICES
from openspiff.web.actions.notices import set_paces, unsubscribe
from openspiff.web.queries import notices as found
from openspiff.web.queries.notice_texts import read_off_token

from ._doors import SignedInRequest, guarded, now_at


@guarded(OWN_NOTICES)
@require_http_methods(["GET", "HEAD", "POST"])
def notices(request: SignedInRequest) -> HttpResponseBase:
    """Show and keep how soon one is told of what."""
    user = request.user
    wishes = found.wishes(user)
    if request.method == "POST":
        asked = {
            one.kind: request.POST[one.kind]
            for one in wishes
            if one.kind in request.POST and not one.is_security
        }
        set_paces(paces=asked, acting_user=user, at=now_at())
        return redirect(f"{reverse('notices')}?done=kept")
    context = {
        "wishes": wishes,
        "paces": found.paces(),
        "last": found.last_notices(user),
    }
    return render(request, "web/notices.html", context)


@guarded(PREVIEW_NOTICES)
@require_safe
def notice_preview(request: SignedInRequest, kind: str = "") -> HttpResponseBase:
    """Show how the mail of a kind looks, as text and as a page."""
    names = found.kind_names()
    kind = kind or next(iter(names))
    mail = found.previewed(request.user, kind)
    context = {"kind": kind, "names": names.items(), "mail": mail}
    return render(request, "web/notice_preview.html", context)


@csrf_exempt
@guarded(ANYONE)
@require_http_methods(["GET", "HEAD", "POST"])
def notice_off(request: SignedInRequest, token: str) -> HttpResponse:
    """Turn one kind off by the link of a mail: a page asks, a POST does it (RFC 8058).

    The link is signed for one person and one kind and shows nothing of either, so it needs
    no sign-in; looking at it changes nothing, for mail programs look by themselves.
    """
    read = read_off_token(token)
    names = found.kind_names()
    if read is None or read[1] not in names:
        return render(request, "web/notice_off.html", {"is_wrong": True}, status=404)
    is_done = request.method == "POST" and unsubscribe(
        user_id=read[0], kind=read[1], at=now_at()
    )
    context = {"name": names[read[1]], "is_done": is_done}
    return render(request, "web/notice_off.html", context)
