"""How does finance keep money back? Holds are placed, and released, each with a reason."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from openspiff.errors import OpenSpiffError
from openspiff.web.access import (
    READ_FINANCE,
    WORK_FINANCE,
    NotAllowedError,
    NotVisibleError,
    require_act,
)
from openspiff.web.actions import holds as acts
from openspiff.web.forms.english import in_english
from openspiff.web.forms.finance import HoldForm, ReleaseForm
from openspiff.web.queries import holds as queries

from ._doors import SignedInRequest, guarded, now_at
from ._finance import finance_page


@guarded(READ_FINANCE)
@require_http_methods(["GET", "HEAD", "POST"])
def holds(request: SignedInRequest) -> HttpResponse:
    """List what is on hold, and place another hold."""
    if request.method != "POST":
        given = {name: request.GET.get(name, "") for name in ("kind", "held_id")}
        return _holds_page(request, HoldForm(initial=given, label_suffix=""))
    require_act(request.user, "place_hold")
    form = HoldForm(request.POST, label_suffix="")
    if form.is_valid():
        try:
            acts.place_hold(**form.cleaned_data, acting_user=request.user, at=now_at())
        except (NotAllowedError, NotVisibleError):
            raise
        except OpenSpiffError as error:
            for problem in error.problems:
                named = problem.place if problem.place in form.fields else None
                form.add_error(named, in_english(problem.message))
            if not error.problems:
                form.add_error(None, in_english(error.message))
            return _holds_page(request, form, status=409)
        return redirect("finance_holds")
    return _holds_page(request, form, status=400)


@guarded(WORK_FINANCE)
@require_POST
def release(request: SignedInRequest, hold_id: int) -> HttpResponse:
    """End a hold before its day."""
    form = ReleaseForm(request.POST)
    reason = form.cleaned_data["note"] if form.is_valid() else ""
    acts.release_hold(hold_id=hold_id, reason=reason, acting_user=request.user, at=now_at())
    return redirect("finance_holds")


def _holds_page(
    request: SignedInRequest, form: HoldForm, *, status: int = 200
) -> HttpResponse:
    at = now_at()
    return finance_page(
        request,
        "finance_holds",
        {
            "form": form,
            "holds": queries.active_holds(request.user, at=at),
            "ended": queries.ended_holds(request.user, at=at),
        },
        status=status,
    )
