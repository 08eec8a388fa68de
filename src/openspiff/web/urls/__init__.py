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
    notices,
    payees,
    people,
    programs,
    webhooks,
)

urlpatterns = [
    *payees.patterns,  # first, for their home is opened most often
    *people.patterns,
    *decisions.patterns,
    *claims.patterns,
    *programs.patterns,
    *finance.patterns,
    *imports.patterns,
    *health.patterns,
    *jobs.patterns,
    *webhooks.patterns,
    *api.patterns,
    *notices.patterns,
]

handler400 = "openspiff.web.views.errors.bad_request"
handler500 = "openspiff.web.views.errors.server_error"
