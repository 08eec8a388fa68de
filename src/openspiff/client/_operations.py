"""What can be asked of the API, where, and what does it answer?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from . import shapes


@attrs.frozen(kw_only=True)
class Operation:
    """One call: where it stands, what it answers (None: a file), and what it asks for.

    `is_page` says that there may be further pages, `needs_match` that it changes what was
    read before.
    """

    method: str
    path: str
    answer: type | None
    scope: str
    is_page: bool = False
    needs_match: bool = False


OPERATIONS: Final[Mapping[str, Operation]] = {
    "list_programs": Operation(
        method="GET",
        path="/programs",
        answer=shapes.Program,
        scope="programs:read",
        is_page=True,
    ),
    "get_program": Operation(
        method="GET",
        path="/programs/{program_id}",
        answer=shapes.Program,
        scope="programs:read",
    ),
    "list_program_versions": Operation(
        method="GET",
        path="/programs/{program_id}/versions",
        answer=shapes.VersionList,
        scope="programs:read",
    ),
    "get_program_terms": Operation(
        method="GET",
        path="/programs/{program_id}/terms",
        answer=shapes.Terms,
        scope="programs:read",
    ),
    "draft_program": Operation(
        method="POST", path="/program-drafts", answer=shapes.Program, scope="programs:draft"
    ),
    "get_program_draft": Operation(
        method="GET",
        path="/program-drafts/{program_id}/{version}",
        answer=shapes.Program,
        scope="programs:draft",
    ),
    "discard_draft": Operation(
        method="POST",
        path="/program-drafts/{program_id}/{version}/discard",
        answer=shapes.VersionList,
        scope="programs:draft",
        needs_match=True,
    ),
    "launch_draft": Operation(
        method="POST",
        path="/program-drafts/{program_id}/{version}/launch",
        answer=shapes.Program,
        scope="programs:run",
        needs_match=True,
    ),
    "pause_program": Operation(
        method="POST",
        path="/programs/{program_id}/pause",
        answer=shapes.Program,
        scope="programs:run",
    ),
    "resume_program": Operation(
        method="POST",
        path="/programs/{program_id}/resume",
        answer=shapes.Program,
        scope="programs:run",
    ),
    "end_program": Operation(
        method="POST",
        path="/programs/{program_id}/end",
        answer=shapes.Program,
        scope="programs:run",
    ),
    "enroll_joiners": Operation(
        method="POST",
        path="/programs/{program_id}/joiners",
        answer=shapes.Joined,
        scope="programs:run",
    ),
    "get_leaderboard": Operation(
        method="GET",
        path="/programs/{program_id}/leaderboard",
        answer=shapes.Leaderboard,
        scope="programs:read",
    ),
    "list_claims": Operation(
        method="GET", path="/claims", answer=shapes.Claim, scope="claims:read", is_page=True
    ),
    "send_claim": Operation(
        method="POST", path="/claims", answer=shapes.Claim, scope="claims:write"
    ),
    "decide_claims": Operation(
        method="POST",
        path="/claims/decisions",
        answer=shapes.Decision,
        scope="claims:write",
    ),
    "get_claim": Operation(
        method="GET",
        path="/claims/{claim_id}",
        answer=shapes.WholeClaim,
        scope="claims:read",
    ),
    "withdraw_claim": Operation(
        method="POST",
        path="/claims/{claim_id}/withdraw",
        answer=shapes.WholeClaim,
        scope="claims:write",
        needs_match=True,
    ),
    "resend_claim": Operation(
        method="POST",
        path="/claims/{claim_id}/resend",
        answer=shapes.WholeClaim,
        scope="claims:write",
        needs_match=True,
    ),
    "list_disputes": Operation(
        method="GET",
        path="/disputes",
        answer=shapes.Dispute,
        scope="claims:read",
        is_page=True,
    ),
    "raise_dispute": Operation(
        method="POST", path="/disputes", answer=shapes.WholeDispute, scope="claims:write"
    ),
    "get_dispute": Operation(
        method="GET",
        path="/disputes/{dispute_id}",
        answer=shapes.WholeDispute,
        scope="claims:read",
    ),
    "answer_dispute": Operation(
        method="POST",
        path="/disputes/{dispute_id}/answer",
        answer=shapes.WholeDispute,
        scope="claims:write",
    ),
    "list_events": Operation(
        method="GET", path="/events", answer=shapes.Event, scope="events:read", is_page=True
    ),
    "send_events": Operation(
        method="POST", path="/events", answer=shapes.Import, scope="events:write"
    ),
    "get_event": Operation(
        method="GET",
        path="/events/{source}/{event_id}",
        answer=shapes.EventHistory,
        scope="events:read",
    ),
    "send_event_file": Operation(
        method="POST", path="/event-files", answer=shapes.Import, scope="events:write"
    ),
    "list_payees": Operation(
        method="GET", path="/payees", answer=shapes.Payee, scope="payees:read", is_page=True
    ),
    "get_payee": Operation(
        method="GET", path="/payees/{payee_id}", answer=shapes.Payee, scope="payees:read"
    ),
    "list_firms": Operation(
        method="GET", path="/firms", answer=shapes.Firm, scope="firms:read", is_page=True
    ),
    "get_firm": Operation(
        method="GET", path="/firms/{firm_id}", answer=shapes.WholeFirm, scope="firms:read"
    ),
    "get_statement": Operation(
        method="GET",
        path="/statements/{payee_id}",
        answer=shapes.Statement,
        scope="statements:read",
    ),
    "get_statement_csv": Operation(
        method="GET",
        path="/statement-files/{payee_id}",
        answer=None,
        scope="statements:read",
    ),
    "get_entitlements": Operation(
        method="GET",
        path="/entitlements/{payee_id}",
        answer=shapes.EntitlementList,
        scope="events:read",
    ),
    "list_runs": Operation(
        method="GET", path="/runs", answer=shapes.Run, scope="runs:read", is_page=True
    ),
    "start_run": Operation(
        method="POST", path="/runs", answer=shapes.Run, scope="runs:write"
    ),
    "preview_run": Operation(
        method="GET", path="/run-preview", answer=shapes.RunPreview, scope="runs:read"
    ),
    "get_run": Operation(
        method="GET", path="/runs/{run_number}", answer=shapes.Run, scope="runs:read"
    ),
    "list_all_reports": Operation(
        method="GET",
        path="/reports",
        answer=shapes.Measurement,
        scope="reports:read",
        is_page=True,
    ),
    "list_reports": Operation(
        method="GET",
        path="/reports/{program_id}",
        answer=shapes.MeasurementList,
        scope="reports:read",
    ),
    "get_report": Operation(
        method="GET",
        path="/reports/{program_id}/{measurement_id}",
        answer=shapes.Report,
        scope="reports:read",
    ),
    "get_report_pdf": Operation(
        method="GET",
        path="/reports/{program_id}/{measurement_id}/pdf",
        answer=None,
        scope="reports:read",
    ),
    "list_verdicts": Operation(
        method="GET",
        path="/verdicts/{program_id}",
        answer=shapes.VerdictList,
        scope="reports:read",
    ),
    "record_verdict": Operation(
        method="POST",
        path="/verdicts/{program_id}",
        answer=shapes.VerdictList,
        scope="reports:write",
    ),
    "write_report": Operation(
        method="POST",
        path="/reports/{program_id}/{measurement_id}/write",
        answer=shapes.Asked,
        scope="reports:write",
    ),
    "list_holds": Operation(
        method="GET", path="/holds", answer=shapes.HoldList, scope="finance:read"
    ),
    "place_hold": Operation(
        method="POST", path="/holds", answer=shapes.Hold, scope="finance:write"
    ),
    "release_hold": Operation(
        method="POST",
        path="/holds/{hold_id}/release",
        answer=shapes.Hold,
        scope="finance:write",
    ),
    "list_budgets": Operation(
        method="GET", path="/budgets", answer=shapes.BudgetList, scope="finance:read"
    ),
    "list_batches": Operation(
        method="GET", path="/batches", answer=shapes.BatchList, scope="finance:read"
    ),
    "get_batch": Operation(
        method="GET",
        path="/batches/{number}",
        answer=shapes.WholeBatch,
        scope="finance:read",
    ),
    "get_batch_lines": Operation(
        method="GET", path="/batches/{number}/lines", answer=None, scope="finance:read"
    ),
    "get_finance_table": Operation(
        method="GET", path="/finance-tables/{name}", answer=None, scope="finance:read"
    ),
    "get_journal": Operation(
        method="GET", path="/journals/{form}", answer=None, scope="finance:read"
    ),
    "list_jobs": Operation(
        method="GET", path="/jobs", answer=shapes.Job, scope="jobs:read", is_page=True
    ),
    "get_job": Operation(
        method="GET", path="/jobs/{number}", answer=shapes.WholeJob, scope="jobs:read"
    ),
    "cancel_job": Operation(
        method="POST",
        path="/jobs/{number}/cancel",
        answer=shapes.WholeJob,
        scope="jobs:write",
    ),
    "retry_job": Operation(
        method="POST",
        path="/jobs/{number}/retry",
        answer=shapes.WholeJob,
        scope="jobs:write",
    ),
    "list_notices": Operation(
        method="GET",
        path="/notices",
        answer=shapes.Notice,
        scope="notices:read",
        is_page=True,
    ),
    "get_notice_paces": Operation(
        method="GET", path="/notice-paces", answer=shapes.PaceList, scope="notices:read"
    ),
    "set_notice_paces": Operation(
        method="POST",
        path="/notice-paces",
        answer=shapes.PaceList,
        scope="notices:write",
        needs_match=True,
    ),
    "list_notice_rooms": Operation(
        method="GET", path="/notice-rooms", answer=shapes.RoomList, scope="notices:read"
    ),
    "add_notice_room": Operation(
        method="POST", path="/notice-rooms", answer=shapes.Room, scope="notices:write"
    ),
    "test_notice_room": Operation(
        method="POST",
        path="/notice-rooms/{room_id}/test",
        answer=shapes.RoomTest,
        scope="notices:write",
    ),
    "remove_notice_room": Operation(
        method="POST",
        path="/notice-rooms/{room_id}/remove",
        answer=shapes.RoomList,
        scope="notices:write",
    ),
    "preview_notice": Operation(
        method="GET", path="/notice-mails/{kind}", answer=shapes.Mail, scope="notices:read"
    ),
    "list_webhooks": Operation(
        method="GET",
        path="/webhooks",
        answer=shapes.CountedWebhook,
        scope="webhooks:read",
        is_page=True,
    ),
    "add_webhook": Operation(
        method="POST", path="/webhooks", answer=shapes.Webhook, scope="webhooks:write"
    ),
    "get_webhook": Operation(
        method="GET",
        path="/webhooks/{webhook_id}",
        answer=shapes.Webhook,
        scope="webhooks:read",
    ),
    "turn_webhook": Operation(
        method="POST",
        path="/webhooks/{webhook_id}/state/{state}",
        answer=shapes.Webhook,
        scope="webhooks:write",
    ),
    "rotate_webhook_secret": Operation(
        method="POST",
        path="/webhooks/{webhook_id}/rotate",
        answer=shapes.Webhook,
        scope="webhooks:write",
        needs_match=True,
    ),
    "test_webhook": Operation(
        method="POST",
        path="/webhooks/{webhook_id}/test",
        answer=shapes.WholeMessage,
        scope="webhooks:write",
    ),
    "list_webhook_messages": Operation(
        method="GET",
        path="/webhooks/{webhook_id}/messages",
        answer=shapes.Message,
        scope="webhooks:read",
        is_page=True,
    ),
    "get_webhook_message": Operation(
        method="GET",
        path="/webhook-messages/{number}",
        answer=shapes.WholeMessage,
        scope="webhooks:read",
    ),
    "redeliver_webhook_message": Operation(
        method="POST",
        path="/webhook-messages/{number}/redeliver",
        answer=shapes.WholeMessage,
        scope="webhooks:write",
    ),
    "list_webhook_sources": Operation(
        method="GET",
        path="/webhook-sources",
        answer=shapes.CountedSource,
        scope="webhooks:read",
        is_page=True,
    ),
    "add_webhook_source": Operation(
        method="POST", path="/webhook-sources", answer=shapes.Source, scope="webhooks:write"
    ),
    "get_webhook_source": Operation(
        method="GET",
        path="/webhook-sources/{source_id}",
        answer=shapes.Source,
        scope="webhooks:read",
    ),
    "turn_webhook_source": Operation(
        method="POST",
        path="/webhook-sources/{source_id}/state/{state}",
        answer=shapes.Source,
        scope="webhooks:write",
    ),
    "rotate_webhook_source_secret": Operation(
        method="POST",
        path="/webhook-sources/{source_id}/rotate",
        answer=shapes.Source,
        scope="webhooks:write",
        needs_match=True,
    ),
}
"""Every operation by its name."""
