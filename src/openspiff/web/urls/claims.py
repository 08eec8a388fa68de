"""At which addresses does somebody claim, decide and dispute?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import claim_queue, claims, disputes

patterns = [
    path("claims/", claims.claim_list, name="claims"),
    path("claims/new/", claims.claim_choose, name="claim_choose"),
    path("claims/new/<slug:program_id>/", claims.claim_new, name="claim_new"),
    path(
        "claims/new/<slug:program_id>/twins/",
        claims.claim_twins_check,
        name="claim_twins",
    ),
    path("claims/queue/", claim_queue.claim_queue, name="claim_queue"),
    path("claims/decide/", claim_queue.claim_decide, name="claim_decide"),
    path("claims/<int:claim_id>/", claims.claim_detail, name="claim"),
    path("claims/<int:claim_id>/again/", claims.claim_again, name="claim_again"),
    path("claims/<int:claim_id>/withdraw/", claims.claim_withdraw, name="claim_withdraw"),
    path("evidence/<int:evidence_id>/", claims.evidence, name="evidence"),
    path("disputes/", disputes.dispute_list, name="disputes"),
    path("disputes/new/", disputes.dispute_new, name="dispute_new"),
    path("disputes/<int:dispute_id>/", disputes.dispute_detail, name="dispute"),
    path(
        "disputes/<int:dispute_id>/answer/", disputes.dispute_answer, name="dispute_answer"
    ),
]
