"""What does finance read? What is owed and by when, budgets, what is odd, the accounts."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from openspiff.web.access import READ_FINANCE
from openspiff.web.forms.finance import MonthForm
from openspiff.web.queries import (
    approvals,
    budgets as budget_queries,
    exceptions as exception_queries,
    holds,
    liability as liability_queries,
    month_ends as month_end_queries,
)
from openspiff.web.queries.account_lines import account_lines, account_totals
from openspiff.web.queries.finance_pictures import (
    budget_pictures,
    marked,
    month_pictures,
    owed_pictures,
)
from openspiff.web.queries.programs import books_zone

from ._doors import SignedInRequest, guarded, now_at, shown_at
from ._finance import finance_page
from ._show import local_day


@guarded(READ_FINANCE)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """Show what is owed and what waits for somebody today."""
    viewer = request.user
    schedule = liability_queries.liability(viewer, at=shown_at())
    accounts = account_lines(viewer)
    awaiting = approvals.batches_awaiting(viewer)
    return finance_page(
        request,
        "finance",
        {
            "sums": liability_queries.reconciled(schedule, accounts),
            "pictures": marked(owed_pictures(viewer, schedule, at=shown_at())),
            "overdue": liability_queries.overdue_sums(schedule),
            "to_approve": [one for one in awaiting if one.state == "prepared"],
            "to_pay": [one for one in awaiting if one.state == "approved"],
            "odd": exception_queries.exceptions(viewer, at=shown_at()),
            "holds": holds.active_holds(viewer, at=now_at()),
        },
    )


@guarded(READ_FINANCE)
@require_safe
def exceptions(request: SignedInRequest) -> HttpResponse:
    """List what is odd, rule by rule, each with where to look and what to do."""
    found = exception_queries.exceptions(request.user, at=shown_at())
    return finance_page(
        request,
        "finance_exceptions",
        {
            "found": found,
            "times": exception_queries.UNUSUAL_TIMES,
            "least_events": exception_queries.UNUSUAL_EVENTS,
        },
    )


@guarded(READ_FINANCE)
@require_safe
def budgets(request: SignedInRequest) -> HttpResponse:
    """Show every budget: booked, paid, left, expected; and what each month brought."""
    found = budget_queries.budgets(request.user, at=shown_at())
    months = budget_queries.months(request.user, found)
    return finance_page(
        request,
        "finance_budgets",
        {
            "budgets": found,
            "sums": budget_queries.budget_sums(found),
            "months": months,
            "pictures": marked(budget_pictures(found)),
            "month_pictures": marked(month_pictures(months)),
        },
    )


@guarded(READ_FINANCE)
@require_safe
def liability(request: SignedInRequest) -> HttpResponse:
    """Show what is owed by promised day, and that it agrees with the accounts."""
    schedule = liability_queries.liability(request.user, at=shown_at())
    accounts = account_lines(request.user)
    return finance_page(
        request,
        "finance_liability",
        {
            "schedule": schedule,
            "buckets": _buckets(schedule),
            "pictures": marked(owed_pictures(request.user, schedule, at=shown_at())),
            "sums": liability_queries.reconciled(schedule, accounts),
        },
    )


@guarded(READ_FINANCE)
@require_safe
def trial_balance(request: SignedInRequest) -> HttpResponse:
    """Show the trial balance, the accounts of payees added up."""
    lines = account_lines(request.user)
    totals = account_totals(lines)
    return finance_page(
        request,
        "finance_trial_balance",
        {
            "lines": lines,
            "totals": [
                {"currency": currency, "debit": debit, "credit": credit}
                for currency, (debit, credit) in totals.items()
            ],
            "is_balanced": all(debit == credit for debit, credit in totals.values()),
        },
    )


@guarded(READ_FINANCE)
@require_safe
def month_ends(request: SignedInRequest) -> HttpResponse:
    """List where every payee stood at the end of a month."""
    zone = books_zone(request.user)
    form = MonthForm(request.GET, label_suffix="")
    month_on = form.month_on(local_day(shown_at(), zone))
    asked = form.cleaned_data if form.is_valid() else {}
    search = asked.get("q") or ""
    found = month_end_queries.month_end(
        request.user, month_on, zone=zone, search=search, page=asked.get("page") or 1
    )
    return finance_page(
        request,
        "finance_month_ends",
        {
            "form": form,
            "found": found,
            "month_on": month_on,
            "search": search,
            "zone": zone,
        },
    )


def _buckets(schedule: list[liability_queries.Promised]) -> list[dict[str, Any]]:
    """Return one row a currency: what is overdue, due soon, and due later."""
    sums: dict[str, dict[str, int]] = {}
    for one in schedule:
        row = sums.setdefault(one.currency, dict.fromkeys(liability_queries.BUCKETS, 0))
        row[one.bucket] += one.amount_minor
    return [
        {"currency": currency, "whole": sum(row.values()), **row}
        for currency, row in sorted(sums.items())
    ]
