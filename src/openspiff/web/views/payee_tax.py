"""How far did a payee's tax form come?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from openspiff.web.access import (
    LIST_PAYOUT_DETAILS,
    READ_TAX_FORMS,
    Viewer,
    may_act,
    require_act,
)
from openspiff.web.actions.payee_tax import (
    NewStep,
    TaxFormError,
    confirm_tax_rules,
    record_tax_form,
)
from openspiff.web.forms.english import in_english
from openspiff.web.forms.payee import TaxStepForm
from openspiff.web.queries import payee_tax, people

from ._doors import SignedInRequest, guarded, now_at
from ._show import local_day


@guarded(READ_TAX_FORMS)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tax_form(request: SignedInRequest, payee_id: str) -> HttpResponse:
    """Show which form is expected and what became of it; finance records the next step."""
    viewer = request.user
    payee = people.payee(viewer, payee_id)
    found = payee_tax.tax_form(viewer, payee_id)
    if request.method == "POST":
        require_act(viewer, "record_tax_form")
    today = local_day(now_at(), "UTC")
    form = TaxStepForm(
        request.POST if request.method == "POST" else None,
        today=today,
        initial={"after_number": found.last_number, "step_on": today},
    )
    if form.is_valid():
        said = dict(form.cleaned_data)
        after_number = said.pop("after_number")
        try:
            record_tax_form(
                payee_id=payee_id,
                new=NewStep(form=found.form, **said),
                after_number=after_number,
                acting_user=viewer,
                at=now_at(),
            )
        except TaxFormError as error:
            for one in error.problems:
                form.add_error(
                    one.place, in_english(f"{one.message[:1].upper()}{one.message[1:]}.")
                )
        else:
            return redirect("tax_form", payee_id=payee_id)
    context = {
        "payee": payee,
        "tax": found,
        "rules": payee_tax.tax_rules(viewer),
        "form": form if _may_record(viewer, payee_id) else None,
        "is_own": viewer.payee_id == payee_id,
    }
    status = 400 if form.is_bound else 200
    return render(request, "web/tax_form.html", context, status=status)


@guarded(LIST_PAYOUT_DETAILS)
@require_POST
def confirm_rules(request: SignedInRequest) -> HttpResponse:
    """Take it that a person stands for the tax rules as they were shown."""
    rules = payee_tax.tax_rules(request.user)
    if request.POST.get("digest") == rules.digest:
        confirm_tax_rules(
            digest=rules.digest,
            rules=rules.rules,
            acting_user=request.user,
            at=now_at(),
        )
    return redirect("tax_rules")


@guarded(LIST_PAYOUT_DETAILS)
@never_cache
@require_http_methods(["GET", "HEAD"])
def tax_rules(request: SignedInRequest) -> HttpResponse:
    """Show what the settings say of tax, and who has confirmed it."""
    return render(
        request, "web/tax_rules.html", {"rules": payee_tax.tax_rules(request.user)}
    )


def _may_record(viewer: Viewer, payee_id: str) -> bool:
    return may_act(viewer, "record_tax_form") and viewer.payee_id != payee_id
