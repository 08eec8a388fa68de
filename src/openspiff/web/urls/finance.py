"""At which addresses does finance work?"""

from __future__ import annotations

from django.urls import path, register_converter

from openspiff.web.views import (
    finance,
    finance_batches,
    finance_exports,
    finance_holds,
    finance_pictures,
    finance_runs,
)


class TableForm:
    """The kinds of file in which a table is handed out."""

    regex = "csv|xlsx"

    def to_python(self, value: str) -> str:
        """Return what stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """Return what stands in the address."""
        return value


register_converter(TableForm, "table_form")

patterns = [
    path("finance/", finance.overview, name="finance"),
    path("finance/exceptions/", finance.exceptions, name="finance_exceptions"),
    path("finance/budgets/", finance.budgets, name="finance_budgets"),
    path("finance/liability/", finance.liability, name="finance_liability"),
    path("finance/trial-balance/", finance.trial_balance, name="finance_trial_balance"),
    path("finance/month-ends/", finance.month_ends, name="finance_month_ends"),
    path(
        "finance/pictures/<slug:name>.svg",
        finance_pictures.picture,
        name="finance_picture",
    ),
    path(
        "finance/pictures/<slug:name>.csv",
        finance_pictures.table,
        name="finance_picture_table",
    ),
    path("finance/holds/", finance_holds.holds, name="finance_holds"),
    path(
        "finance/holds/<int:hold_id>/release/",
        finance_holds.release,
        name="finance_release",
    ),
    path("finance/runs/", finance_runs.runs, name="finance_runs"),
    path("finance/runs/new/", finance_runs.new_run, name="finance_new_run"),
    path("finance/batches/", finance_batches.batches, name="finance_batches"),
    path("finance/batches/new/", finance_batches.new_batch, name="finance_new_batch"),
    path("finance/batches/<int:number>/", finance_batches.batch, name="finance_batch"),
    path(
        "finance/batches/<int:number>/approve/",
        finance_batches.approve,
        name="finance_approve",
    ),
    path(
        "finance/batches/<int:number>/reject/",
        finance_batches.reject,
        name="finance_reject",
    ),
    path("finance/batches/<int:number>/void/", finance_batches.void, name="finance_void"),
    path("finance/batches/<int:number>/pay/", finance_batches.pay, name="finance_pay"),
    path(
        "finance/batches/<int:number>/lines.<table_form:form>",
        finance_exports.batch_export,
        name="finance_batch_export",
    ),
    path(
        "finance/exports/<slug:name>.<table_form:form>",
        finance_exports.export,
        name="finance_export",
    ),
    path(
        "finance/exports/books.<slug:form>",
        finance_exports.book_file,
        name="finance_book_file",
    ),
]
