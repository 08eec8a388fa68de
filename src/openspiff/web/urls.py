"""At which addresses do the pages stand?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import payees, people, programs

urlpatterns = [
    path("", people.home, name="home"),
    path("sign-in/", people.sign_in, name="sign_in"),
    path("sign-out/", people.sign_out, name="sign_out"),
    path("payees/", payees.payee_list, name="payees"),
    path("payees/<path:payee_id>/statement/", payees.statement, name="statement"),
    path("payees/<path:payee_id>/events/", payees.payee_events, name="payee_events"),
    path("payees/<path:payee_id>/why/", payees.why, name="why"),
    path("programs/", programs.program_list, name="programs"),
    path("programs/<slug:program_id>/", programs.program_detail, name="program"),
    path("programs/<slug:program_id>/terms/", programs.program_terms, name="program_terms"),
    path(
        "programs/<slug:program_id>/report/", programs.program_report, name="program_report"
    ),
]

handler500 = "openspiff.web.views.errors.server_error"
