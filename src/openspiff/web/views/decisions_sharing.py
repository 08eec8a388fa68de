"""How does a report reach somebody without a user? By a link that ends."""

from __future__ import annotations

import functools
import secrets
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openspiff.web.access import (
    ANYONE,
    READ_SHARE_LINKS,
    SHARE_REPORTS,
    NotVisibleError,
    may_act,
)
from openspiff.web.actions import decisions_sharing as acts
from openspiff.web.forms.decisions import ShareForm
from openspiff.web.queries import decisions, decisions_sharing
from openspiff.web.queries.measurements import ReportFileError

from ._doors import GuardedView, SignedInRequest, View, guarded, now_at
from .decisions import DRAWING_POLICY, drawing

_OF_STRANGERS: Final = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@guarded(READ_SHARE_LINKS)
@require_http_methods(["GET", "HEAD", "POST"])
def share_links(request: SignedInRequest, program_id: str) -> HttpResponse:
    """List the links to the reports of a program, and make another one."""
    viewer = request.user
    program = decisions.measured_program(viewer, program_id).program
    found = decisions.measurements_of(viewer, program_id)
    may_share = may_act(viewer, "share_report")
    if request.method == "POST" and not may_share:
        raise PermissionDenied
    first = {"measurement_id": found[0].measurement_id if found else None, "days": 30}
    sent = request.POST if request.method == "POST" else None
    form = ShareForm(sent, days=acts.DAYS, initial=first, label_suffix="")
    if form.is_valid():
        new = acts.NewLink(program_id=program_id, **form.cleaned_data)
        acts.make_share_link(
            new=new, name=secrets.token_urlsafe(15), acting_user=viewer, at=now_at()
        )
        return redirect("share_links", program_id=program_id)
    links = decisions_sharing.links_of(viewer, program_id, at=now_at())
    context = {
        "program": program,
        "newest": found[0] if found else None,
        "form": form,
        "links": [(one, _address(request, one.token)) for one in links],
        "may_share": may_share,
    }
    status = 400 if form.is_bound else 200
    return render(request, "web/share_links.html", context, status=status)


@guarded(SHARE_REPORTS)
@require_POST
def share_link_revoke(
    request: SignedInRequest, program_id: str, link_id: int
) -> HttpResponse:
    """Take a link back."""
    decisions.measured_program(request.user, program_id)
    acts.revoke_share_link(
        program_id=program_id, link_id=link_id, acting_user=request.user, at=now_at()
    )
    return redirect("share_links", program_id=program_id)


def _for_strangers(view: View) -> GuardedView:
    """Open a link for whoever has it; whatever opens nothing looks the same: 404."""

    @functools.wraps(view)
    def inner(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, **kwargs)
        except (NotVisibleError, ReportFileError):
            response = render(request, "404.html", status=404)
        except acts.TooManyOpeningsError as error:
            response = render(request, "web/shared_wait.html", status=429)
            response["Retry-After"] = str(error.retry_seconds)
        for name, value in _OF_STRANGERS.items():
            response[name] = value
        return response  # type: ignore[return-value]

    return guarded(ANYONE)(require_safe(inner))


@_for_strangers
def shared_report(request: HttpRequest, token: str) -> HttpResponse:
    """Show a shared report, and count the opening."""
    at = now_at()
    link = decisions_sharing.open_link(token, at=at)
    contents = decisions_sharing.shared_report(token, at=at)
    if request.method == "GET":
        acts.count_opening(link_id=link.link_id, form="page", at=at)
    pictures = reverse("shared_report", kwargs={"token": token}) + "pictures/"
    context = {"link": link, "contents": contents, "pictures": pictures}
    return render(request, "web/shared.html", context)


@_for_strangers
def shared_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Hand out a shared report as PDF, and count the opening."""
    at = now_at()
    link = decisions_sharing.open_link(token, at=at)
    content = decisions_sharing.shared_pdf(token, at=at)
    if request.method == "GET":
        acts.count_opening(link_id=link.link_id, form="pdf", at=at)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="report.pdf"'
    response["Content-Security-Policy"] = DRAWING_POLICY
    return response


@_for_strangers
def shared_drawing(_request: HttpRequest, token: str, name: str, coat: str) -> HttpResponse:
    """Hand out one picture of a shared report."""
    svg = decisions_sharing.shared_drawing(token, name=name, coat=coat, at=now_at())
    return drawing(svg)


def _address(request: HttpRequest, token: str) -> str:
    return request.build_absolute_uri(reverse("shared_report", kwargs={"token": token}))
