"""What can be asked of the API, where, and what does it answer?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from . import shapes


@attrs.frozen
class Operation:
    """One call: where it stands, what it answers (None: a file), and what it asks for.

    `is_page` says that there may be further pages, `needs_match` that it changes what was
    read before.
    """

    method: str
    path: str
    answer: type | None
    scope: str
    is_page: bool = attrs.field(default=False, kw_only=True)
    needs_match: bool = attrs.field(default=False, kw_only=True)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "list_programs": Operation(
        "GET", "/programs", shapes.Program, "programs:read", is_page=True
    ),
    "get_program": Operation(
        "GET", "/programs/{program_id}", shapes.Program, "programs:read"
    ),
    "list_program_versions": Operation(
        "GET", "/programs/{program_id}/versions", shapes.VersionList, "programs:read"
    ),
    "get_program_terms": Operation(
        "GET", "/programs/{program_id}/terms", shapes.Terms, "programs:read"
    ),
    "draft_program": Operation("POST", "/program-drafts", shapes.Program, "programs:draft"),
    "get_program_draft": Operation(
        "GET", "/program-drafts/{program_id}/{version}", shapes.Program, "programs:draft"
    ),
    "discard_draft": Operation(
        "POST",
        "/program-drafts/{program_id}/{version}/discard",
        shapes.VersionList,
        "programs:draft",
        needs_match=True,
    ),
    "launch_draft": Operation(
        "POST",
        "/program-drafts/{program_id}/{version}/launch",
        shapes.Program,
        "programs:run",
        needs_match=True,
    ),
    "pause_program": Operation(
        "POST", "/programs/{program_id}/pause", shapes.Program, "programs:run"
    ),
    "resume_program": Operation(
        "POST", "/programs/{program_id}/resume", shapes.Program, "programs:run"
    ),
    "end_program": Operation(
        "POST", "/programs/{program_id}/end", shapes.Program, "programs:run"
    ),
    "enroll_joiners": Operation(
        "POST", "/programs/{program_id}/joiners", shapes.Joined, "programs:run"
    ),
    "get_leaderboard": Operation(
        "GET", "/programs/{program_id}/leaderboard", shapes.Leaderboard, "programs:read"
    ),
    "take_leaderboard": Operation(
        "POST",
        "/programs/{program_id}/leaderboard/take",
        shapes.Leaderboard,
        "programs:run",
    ),
    "get_program_live": Operation(
        "GET", "/programs/{program_id}/live", shapes.Live, "programs:read"
    ),
    "get_live_picture": Operation(
        "GET", "/programs/{program_id}/live/{name}", None, "programs:read"
    ),
    "list_claims": Operation("GET", "/claims", shapes.Claim, "claims:read", is_page=True),
    "send_claim": Operation("POST", "/claims", shapes.Claim, "claims:write"),
    "decide_claims": Operation(
        "POST", "/claims/decisions", shapes.Decision, "claims:write"
    ),
    "get_claim": Operation("GET", "/claims/{claim_id}", shapes.WholeClaim, "claims:read"),
    "withdraw_claim": Operation(
        "POST",
        "/claims/{claim_id}/withdraw",
        shapes.WholeClaim,
        "claims:write",
        needs_match=True,
    ),
    "resend_claim": Operation(
        "POST",
        "/claims/{claim_id}/resend",
        shapes.WholeClaim,
        "claims:write",
        needs_match=True,
    ),
    "keep_evidence": Operation("POST", "/evidence", shapes.Kept, "claims:write"),
    "get_evidence": Operation("GET", "/evidence/{evidence_id}", None, "claims:read"),
    "list_disputes": Operation(
        "GET", "/disputes", shapes.Dispute, "claims:read", is_page=True
    ),
    "raise_dispute": Operation("POST", "/disputes", shapes.WholeDispute, "claims:write"),
    "get_dispute": Operation(
        "GET", "/disputes/{dispute_id}", shapes.WholeDispute, "claims:read"
    ),
    "answer_dispute": Operation(
        "POST", "/disputes/{dispute_id}/answer", shapes.WholeDispute, "claims:write"
    ),
    "list_events": Operation("GET", "/events", shapes.Event, "events:read", is_page=True),
    "send_events": Operation("POST", "/events", shapes.Import, "events:write"),
    "get_event": Operation(
        "GET", "/events/{source}/{event_id}", shapes.EventHistory, "events:read"
    ),
    "send_event_file": Operation("POST", "/event-files", shapes.Import, "events:write"),
    "list_imports": Operation(
        "GET", "/imports", shapes.Imported, "events:read", is_page=True
    ),
    "get_import": Operation(
        "GET", "/imports/{what}/{number}", shapes.Imported, "events:read"
    ),
    "undo_import": Operation(
        "POST", "/imports/{what}/{number}/undo", shapes.ImportDraft, "events:write"
    ),
    "list_import_drafts": Operation(
        "GET", "/import-drafts", shapes.ImportDraft, "events:read", is_page=True
    ),
    "get_import_draft": Operation(
        "GET", "/import-drafts/{draft_id}", shapes.ImportDraft, "events:read"
    ),
    "try_import_draft": Operation(
        "POST", "/import-drafts/{draft_id}/dry-run", shapes.ImportDraft, "events:write"
    ),
    "save_import_draft": Operation(
        "POST",
        "/import-drafts/{draft_id}/save",
        shapes.ImportDraft,
        "events:write",
        needs_match=True,
    ),
    "discard_import_draft": Operation(
        "POST",
        "/import-drafts/{draft_id}/discard",
        shapes.ImportDraft,
        "events:write",
        needs_match=True,
    ),
    "list_payees": Operation("GET", "/payees", shapes.Payee, "payees:read", is_page=True),
    "get_payee": Operation("GET", "/payees/{payee_id}", shapes.Payee, "payees:read"),
    "list_firms": Operation("GET", "/firms", shapes.Firm, "firms:read", is_page=True),
    "get_firm": Operation("GET", "/firms/{firm_id}", shapes.WholeFirm, "firms:read"),
    "get_statement": Operation(
        "GET", "/statements/{payee_id}", shapes.Statement, "statements:read"
    ),
    "get_statement_csv": Operation(
        "GET", "/statement-files/{payee_id}", None, "statements:read"
    ),
    "get_statement_pdf": Operation(
        "GET", "/statement-pdfs/{payee_id}", None, "statements:read"
    ),
    "get_entitlements": Operation(
        "GET", "/entitlements/{payee_id}", shapes.EntitlementList, "events:read"
    ),
    "list_runs": Operation("GET", "/runs", shapes.Run, "runs:read", is_page=True),
    "start_run": Operation("POST", "/runs", shapes.Run, "runs:write"),
    "preview_run": Operation("GET", "/run-preview", shapes.RunPreview, "runs:read"),
    "get_run": Operation("GET", "/runs/{run_number}", shapes.Run, "runs:read"),
    "list_all_reports": Operation(
        "GET", "/reports", shapes.Measurement, "reports:read", is_page=True
    ),
    "list_reports": Operation(
        "GET", "/reports/{program_id}", shapes.MeasurementList, "reports:read"
    ),
    "get_report": Operation(
        "GET", "/reports/{program_id}/{measurement_id}", shapes.Report, "reports:read"
    ),
    "get_report_pdf": Operation(
        "GET", "/reports/{program_id}/{measurement_id}/pdf", None, "reports:read"
    ),
    "list_verdicts": Operation(
        "GET", "/verdicts/{program_id}", shapes.VerdictList, "reports:read"
    ),
    "record_verdict": Operation(
        "POST", "/verdicts/{program_id}", shapes.VerdictList, "reports:write"
    ),
    "write_report": Operation(
        "POST",
        "/reports/{program_id}/{measurement_id}/write",
        shapes.Asked,
        "reports:write",
    ),
    "list_share_links": Operation(
        "GET", "/share-links/{program_id}", shapes.LinkList, "reports:read"
    ),
    "make_share_link": Operation(
        "POST", "/share-links/{program_id}", shapes.Link, "reports:write"
    ),
    "revoke_share_link": Operation(
        "POST", "/share-links/{program_id}/{link_id}/revoke", shapes.Link, "reports:write"
    ),
    "get_library": Operation("GET", "/library", shapes.Library, "reports:read"),
    "get_library_file": Operation("GET", "/library-files/{form}", None, "reports:read"),
    "get_library_picture": Operation(
        "GET", "/library-pictures/{name}", None, "reports:read"
    ),
    "list_holds": Operation("GET", "/holds", shapes.HoldList, "finance:read"),
    "place_hold": Operation("POST", "/holds", shapes.Hold, "finance:write"),
    "release_hold": Operation(
        "POST", "/holds/{hold_id}/release", shapes.Hold, "finance:write"
    ),
    "list_budgets": Operation("GET", "/budgets", shapes.BudgetList, "finance:read"),
    "list_batches": Operation("GET", "/batches", shapes.BatchList, "finance:read"),
    "get_batch": Operation("GET", "/batches/{number}", shapes.WholeBatch, "finance:read"),
    "get_batch_lines": Operation("GET", "/batches/{number}/lines", None, "finance:read"),
    "get_finance_table": Operation("GET", "/finance-tables/{name}", None, "finance:read"),
    "get_book_file": Operation("GET", "/book-files/{form}", None, "finance:read"),
    "get_finance_overview": Operation(
        "GET", "/finance-overview", shapes.FinanceOverview, "finance:read"
    ),
    "get_finance_exceptions": Operation(
        "GET", "/finance-exceptions", shapes.FinanceExceptions, "finance:read"
    ),
    "list_finance_pictures": Operation(
        "GET", "/finance-pictures", shapes.PictureList, "finance:read"
    ),
    "get_finance_picture": Operation(
        "GET", "/finance-pictures/{name}", None, "finance:read"
    ),
    "list_jobs": Operation("GET", "/jobs", shapes.Job, "jobs:read", is_page=True),
    "get_job": Operation("GET", "/jobs/{number}", shapes.WholeJob, "jobs:read"),
    "cancel_job": Operation("POST", "/jobs/{number}/cancel", shapes.WholeJob, "jobs:write"),
    "retry_job": Operation("POST", "/jobs/{number}/retry", shapes.WholeJob, "jobs:write"),
    "list_notices": Operation(
        "GET", "/notices", shapes.Notice, "notices:read", is_page=True
    ),
    "get_notice_paces": Operation("GET", "/notice-paces", shapes.PaceList, "notices:read"),
    "set_notice_paces": Operation(
        "POST", "/notice-paces", shapes.PaceList, "notices:write", needs_match=True
    ),
    "list_notice_rooms": Operation("GET", "/notice-rooms", shapes.RoomList, "notices:read"),
    "add_notice_room": Operation("POST", "/notice-rooms", shapes.Room, "notices:write"),
    "test_notice_room": Operation(
        "POST", "/notice-rooms/{room_id}/test", shapes.RoomTest, "notices:write"
    ),
    "remove_notice_room": Operation(
        "POST", "/notice-rooms/{room_id}/remove", shapes.RoomList, "notices:write"
    ),
    "preview_notice": Operation("GET", "/notice-mails/{kind}", shapes.Mail, "notices:read"),
    "list_webhooks": Operation(
        "GET", "/webhooks", shapes.CountedWebhook, "webhooks:read", is_page=True
    ),
    "add_webhook": Operation("POST", "/webhooks", shapes.Webhook, "webhooks:write"),
    "get_webhook": Operation(
        "GET", "/webhooks/{webhook_id}", shapes.Webhook, "webhooks:read"
    ),
    "turn_webhook": Operation(
        "POST", "/webhooks/{webhook_id}/state/{state}", shapes.Webhook, "webhooks:write"
    ),
    "rotate_webhook_secret": Operation(
        "POST",
        "/webhooks/{webhook_id}/rotate",
        shapes.Webhook,
        "webhooks:write",
        needs_match=True,
    ),
    "test_webhook": Operation(
        "POST", "/webhooks/{webhook_id}/test", shapes.WholeMessage, "webhooks:write"
    ),
    "list_webhook_messages": Operation(
        "GET",
        "/webhooks/{webhook_id}/messages",
        shapes.Message,
        "webhooks:read",
        is_page=True,
    ),
    "get_webhook_message": Operation(
        "GET", "/webhook-messages/{number}", shapes.WholeMessage, "webhooks:read"
    ),
    "redeliver_webhook_message": Operation(
        "POST",
        "/webhook-messages/{number}/redeliver",
        shapes.WholeMessage,
        "webhooks:write",
    ),
    "list_webhook_sources": Operation(
        "GET", "/webhook-sources", shapes.CountedSource, "webhooks:read", is_page=True
    ),
    "add_webhook_source": Operation(
        "POST", "/webhook-sources", shapes.Source, "webhooks:write"
    ),
    "get_webhook_source": Operation(
        "GET", "/webhook-sources/{source_id}", shapes.Source, "webhooks:read"
    ),
    "turn_webhook_source": Operation(
        "POST",
        "/webhook-sources/{source_id}/state/{state}",
        shapes.Source,
        "webhooks:write",
    ),
    "rotate_webhook_source_secret": Operation(
        "POST",
        "/webhook-sources/{source_id}/rotate",
        shapes.Source,
        "webhooks:write",
        needs_match=True,
    ),
}
"""Every operation by its name."""
