"""At which addresses stand the pages of a payee?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import payees

patterns = [
    path("payees/", payees.payee_list, name="payees"),
    path("payees/<path:payee_id>/statement/", payees.statement, name="statement"),
    path("payees/<path:payee_id>/events/", payees.payee_events, name="payee_events"),
    path("payees/<path:payee_id>/why/", payees.why, name="why"),
]
