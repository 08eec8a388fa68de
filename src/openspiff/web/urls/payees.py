"""At which addresses stand the pages of a payee?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import (
    payee_home,
    payee_leaderboard,
    payee_methods,
    payee_months,
    payee_offline,
    payee_tax,
    payees,
)

_ONE = "payees/<path:payee_id>"

patterns = [
    path("home/", payee_home.home, name="payee_home"),
    path("tickets/<slug:program_id>/", payee_home.draw_tickets, name="draw_tickets"),
    path("payees/", payees.payee_list, name="payees"),
    path(f"{_ONE}/statement/", payees.statement, name="statement"),
    path(f"{_ONE}/statement/<str:month>.pdf", payee_months.month_pdf, name="month_pdf"),
    path(f"{_ONE}/statement/<str:month>.csv", payee_months.month_csv, name="month_csv"),
    path(f"{_ONE}/statement/<str:month>/", payee_months.month_page, name="month"),
    path(f"{_ONE}/events/", payees.payee_events, name="payee_events"),
    path(f"{_ONE}/why/", payees.why, name="why"),
    path(f"{_ONE}/payout-method/", payee_methods.payout_method, name="payout_method"),
    path(
        f"{_ONE}/payout-method/new/",
        payee_methods.new_payout_method,
        name="new_payout_method",
    ),
    path(f"{_ONE}/tax-form/", payee_tax.tax_form, name="tax_form"),
    path("payout-methods/", payee_methods.payout_methods, name="payout_methods"),
    path("tax-rules/", payee_tax.tax_rules, name="tax_rules"),
    path("tax-rules/confirm/", payee_tax.confirm_rules, name="confirm_tax_rules"),
    path(
        "programs/<slug:program_id>/leaderboard/",
        payee_leaderboard.leaderboard,
        name="leaderboard",
    ),
    path(
        "programs/<slug:program_id>/leaderboard/final/",
        payee_leaderboard.take,
        name="take_leaderboard",
    ),
    path("manifest.webmanifest", payee_offline.manifest, name="manifest"),
    path("service-worker.js", payee_offline.service_worker, name="service_worker"),
    path("offline/", payee_offline.offline, name="offline"),
]
