"""At which addresses do the pages stand? One file a topic; none stands twice."""

from __future__ import annotations

from . import (
    claims,
    decisions,
    finance,
    health,
    imports,
    jobs,
    notices,
    payees,
    people,
    programs,
)

urlpatterns = [
    *people.patterns,
    *decisions.patterns,
    *payees.patterns,
    *claims.patterns,
    *programs.patterns,
    *finance.patterns,
    *imports.patterns,
    *health.patterns,
    *jobs.patterns,
    *notices.patterns,
]

handler400 = "openspiff.web.views.errors.bad_request"
handler500 = "openspiff.web.views.errors.server_error"
