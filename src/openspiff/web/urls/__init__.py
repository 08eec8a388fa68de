"""At which addresses do the pages stand? One file a topic; none stands twice."""

from __future__ import annotations

from . import (
    api,
    claims,
    decisions,
    finance,
    health,
    imports,
    jobs,
    payees,
    people,
    programs,
    webhooks,
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
    *webhooks.patterns,
    *api.patterns,
]

handler400 = "openspiff.web.views.errors.bad_request"
handler500 = "openspiff.web.views.errors.server_error"
