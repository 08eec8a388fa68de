"""Who may call what? One row a call: every operation, own and other firm's objects.

CALLS  (operation, address) -> (who is answered, who is told that they may not);
       all others are told that it does not exist. A call that is refused for what it says
       was let in.
"""

from __future__ import annotations

from typing import Any, Final

from claims_world import add_claims
from decisions_world import write
from finance_world import add_finance
from hooks_world import add_hooks
from program_texts import with_terms
from web_world import add_answer

from route_tables import EVERYBODY, NOBODY, OUTSIDERS, STAFF, jobs, notices

FINANCE: Final = frozenset({"finance", "checker", "administrator"})
IMPORTING: Final = FINANCE | {"manager"}
DECIDING: Final = frozenset({"manager", "administrator"})
PAYEES: Final = frozenset({"payee", "other_payee"})
OWNERS: Final = frozenset({"firm_owner", "other_owner"})
OF_ANA: Final = STAFF | {"payee", "firm_owner"}
OF_CLEO: Final = STAFF | {"other_payee", "other_owner"}

ADMIN: Final = frozenset({"administrator"})
WORKING: Final = STAFF - {"analyst"}
SECRET: Final = "whsec_" + "QUFB" * 8

READING: Final = frozenset({"analyst"})

CLAIM: Final = {"program_id": "spring", "customer": "", "occurred_on": "2026-02-03"}
AGAIN: Final = {"customer": "", "occurred_on": "2026-02-03"}
DECISION: Final = {"decision": "reject", "claims": [{"claim_id": 77, "revision": 1}]}

BODIES: Final[dict[str, Any]] = {
    "send_claim": CLAIM,
    "resend_claim": AGAIN,
    "decide_claims": DECISION,
    "send_events": {"source": "crm", "events": []},
    "send_event_file": "x",
    "start_run": {"run_id": "none"},
    "add_webhook": {
        "label": "Payroll",
        "url": "https://127.0.0.1/",
        "kinds": ["payout.paid"],
        "secret": SECRET,
    },
    "rotate_webhook_secret": {"secret": SECRET, "overlap_hours": 1},
    "add_webhook_source": {"name": "", "secret": SECRET},
    "rotate_webhook_source_secret": {"secret": SECRET},
    "draft_program": {"text": ""},
    "pause_program": {"reason": "stock is out"},
    "end_program": {"ends_before": None},
    "raise_dispute": {"source": "crm", "event_id": "D-1", "reason": "x"},
    "answer_dispute": {"is_upheld": True, "sentence": ""},
    "record_verdict": {"measurement_id": 1, "verdict": "retire", "reasons": "x"},
    "place_hold": {"kind": "payee", "held_id": "none", "reason": "x"},
    "release_hold": {"reason": "x"},
    "set_notice_paces": {"paces": {"paid": "daily"}},
    # No field alone makes it right: links cost a drawn report.
    "make_share_link": {"measurement_id": 1, "note": "", "days": 1},
    "keep_evidence": "x",
    "add_notice_room": {"name": "", "address": "", "kinds": []},
}
CALLS: Final[dict[tuple[str, str], tuple[frozenset[str], frozenset[str]]]] = {
    ("list_programs", "/programs"): (EVERYBODY, NOBODY),
    ("get_program", "/programs/spring"): (EVERYBODY, NOBODY),
    ("get_program", "/programs/none"): (NOBODY, NOBODY),
    ("list_program_versions", "/programs/spring/versions"): (EVERYBODY, NOBODY),
    ("get_program_terms", "/programs/spring/terms"): (EVERYBODY, NOBODY),
    ("get_program_terms", "/programs/spring/terms?version=7"): (NOBODY, NOBODY),
    ("list_claims", "/claims"): (EVERYBODY, NOBODY),
    ("get_claim", "/claims/1"): (OF_ANA, NOBODY),
    ("get_claim", "/claims/2"): (OF_CLEO, NOBODY),
    ("get_claim", "/claims/77"): (NOBODY, NOBODY),
    # An analyst has no token for writing; all others who are no payee are told so.
    ("send_claim", "/claims"): (PAYEES, EVERYBODY - PAYEES),
    ("withdraw_claim", "/claims/1/withdraw"): (OF_ANA - {"analyst"}, READING),
    ("withdraw_claim", "/claims/77/withdraw"): (NOBODY, READING),
    ("resend_claim", "/claims/3/resend"): (OF_ANA - {"analyst"}, READING),
    ("decide_claims", "/claims/decisions"): (NOBODY, EVERYBODY - DECIDING),
    ("list_events", "/events"): (EVERYBODY, NOBODY),
    ("get_event", "/events/crm/D-1"): (OF_ANA, NOBODY),
    ("get_event", "/events/crm/D%208/x&y"): (OF_ANA, NOBODY),
    ("get_event", "/events/crm/D-5"): (OF_CLEO, NOBODY),
    ("get_event", "/events/crm/none"): (NOBODY, NOBODY),
    ("send_events", "/events"): (IMPORTING, EVERYBODY - IMPORTING),
    ("send_event_file", "/event-files?source=crm"): (
        IMPORTING,
        EVERYBODY - IMPORTING,
    ),
    ("list_payees", "/payees"): (EVERYBODY, NOBODY),
    ("get_payee", "/payees/ana"): (OF_ANA, NOBODY),
    ("get_payee", "/payees/cleo"): (OF_CLEO, NOBODY),
    ("get_payee", "/payees/none"): (NOBODY, NOBODY),
    ("list_firms", "/firms"): (STAFF, OUTSIDERS),
    ("get_firm", "/firms/north"): (STAFF | {"firm_owner"}, PAYEES),
    ("get_firm", "/firms/none"): (NOBODY, PAYEES),
    ("get_statement", "/statements/ana"): (OF_ANA, NOBODY),
    ("get_statement", "/statements/cleo"): (OF_CLEO, NOBODY),
    ("get_statement_csv", "/statement-files/ana?month=2026-02"): (OF_ANA, NOBODY),
    ("get_statement_csv", "/statement-files/ana?month=2020-02"): (NOBODY, NOBODY),
    ("get_statement_pdf", "/statement-pdfs/ana?month=2026-02"): (OF_ANA, NOBODY),
    ("get_statement_pdf", "/statement-pdfs/cleo?month=2020-02"): (NOBODY, NOBODY),
    ("get_entitlements", "/entitlements/ana"): (OF_ANA, NOBODY),
    ("get_entitlements", "/entitlements/cleo"): (OF_CLEO, NOBODY),
    ("list_runs", "/runs"): (STAFF, OUTSIDERS),
    ("get_run", "/runs/1"): (STAFF, OUTSIDERS),
    ("get_run", "/runs/77"): (NOBODY, OUTSIDERS),
    ("preview_run", "/run-preview"): (FINANCE, EVERYBODY - FINANCE),
    ("start_run", "/runs"): (FINANCE, EVERYBODY - FINANCE),
    ("list_all_reports", "/reports"): (STAFF, OUTSIDERS),
    ("list_reports", "/reports/spring"): (STAFF, OUTSIDERS),
    ("list_reports", "/reports/none"): (NOBODY, OUTSIDERS),
    ("get_report", "/reports/spring/1"): (STAFF, OUTSIDERS),
    ("get_report", "/reports/spring/77"): (NOBODY, OUTSIDERS),
    ("get_report_pdf", "/reports/spring/1/pdf"): (STAFF, OUTSIDERS),
    ("draft_program", "/program-drafts"): (DECIDING, EVERYBODY - DECIDING),
    ("get_program_draft", "/program-drafts/later/1"): (DECIDING, EVERYBODY - DECIDING),
    ("get_program_draft", "/program-drafts/spring/1"): (NOBODY, EVERYBODY - DECIDING),
    ("discard_draft", "/program-drafts/later/1/discard"): (DECIDING, EVERYBODY - DECIDING),
    ("discard_draft", "/program-drafts/spring/1/discard"): (NOBODY, EVERYBODY - DECIDING),
    ("launch_draft", "/program-drafts/later/1/launch"): (DECIDING, EVERYBODY - DECIDING),
    ("launch_draft", "/program-drafts/none/1/launch"): (NOBODY, EVERYBODY - DECIDING),
    ("pause_program", "/programs/spring/pause"): (DECIDING, EVERYBODY - DECIDING),
    ("pause_program", "/programs/none/pause"): (NOBODY, EVERYBODY - DECIDING),
    ("resume_program", "/programs/spring/resume"): (DECIDING, EVERYBODY - DECIDING),
    ("end_program", "/programs/spring/end"): (DECIDING, EVERYBODY - DECIDING),
    ("enroll_joiners", "/programs/spring/joiners"): (DECIDING, EVERYBODY - DECIDING),
    ("enroll_joiners", "/programs/none/joiners"): (NOBODY, EVERYBODY - DECIDING),
    ("get_leaderboard", "/programs/spring/leaderboard"): (NOBODY, NOBODY),  # it has none
    ("take_leaderboard", "/programs/spring/leaderboard/take"): (
        NOBODY,
        EVERYBODY - DECIDING,
    ),
    ("get_program_live", "/programs/spring/live"): (STAFF, OUTSIDERS),
    ("get_program_live", "/programs/later/live"): (NOBODY, OUTSIDERS),  # a draft
    ("get_live_picture", "/programs/spring/live/pace"): (STAFF, OUTSIDERS),
    ("get_live_picture", "/programs/spring/live/none"): (NOBODY, OUTSIDERS),
    ("get_evidence", "/evidence/1"): (OF_ANA, NOBODY),
    ("get_evidence", "/evidence/77"): (NOBODY, NOBODY),
    ("keep_evidence", "/evidence?file_name=a.txt"): (PAYEES, EVERYBODY - PAYEES),
    ("list_imports", "/imports"): (STAFF, OUTSIDERS),
    ("get_import", "/imports/batches/1"): (STAFF, OUTSIDERS),
    ("get_import", "/imports/lists/77"): (NOBODY, OUTSIDERS),
    ("undo_import", "/imports/batches/1/undo"): (WORKING, EVERYBODY - WORKING),
    ("undo_import", "/imports/lists/77/undo"): (NOBODY, EVERYBODY - WORKING),
    ("list_import_drafts", "/import-drafts"): (STAFF, OUTSIDERS),
    ("get_import_draft", "/import-drafts/1"): (STAFF, OUTSIDERS),
    ("get_import_draft", "/import-drafts/77"): (NOBODY, OUTSIDERS),
    ("try_import_draft", "/import-drafts/1/dry-run"): (WORKING, EVERYBODY - WORKING),
    ("save_import_draft", "/import-drafts/1/save"): (WORKING, EVERYBODY - WORKING),
    ("save_import_draft", "/import-drafts/77/save"): (NOBODY, EVERYBODY - WORKING),
    ("discard_import_draft", "/import-drafts/1/discard"): (WORKING, EVERYBODY - WORKING),
    ("list_disputes", "/disputes"): (OF_ANA | OF_CLEO, NOBODY),
    ("raise_dispute", "/disputes"): (
        frozenset({"payee"}),  # it is about an event of hers
        EVERYBODY - PAYEES,
    ),
    ("get_dispute", "/disputes/1"): (OF_ANA, NOBODY),
    ("get_dispute", "/disputes/77"): (NOBODY, NOBODY),
    ("answer_dispute", "/disputes/1/answer"): (DECIDING, EVERYBODY - DECIDING),
    ("answer_dispute", "/disputes/77/answer"): (NOBODY, EVERYBODY - DECIDING),
    ("list_verdicts", "/verdicts/spring"): (STAFF, OUTSIDERS),
    ("list_verdicts", "/verdicts/none"): (NOBODY, OUTSIDERS),
    ("record_verdict", "/verdicts/spring"): (DECIDING, EVERYBODY - DECIDING),
    ("write_report", "/reports/spring/1/write"): (WORKING, EVERYBODY - WORKING),
    ("write_report", "/reports/spring/77/write"): (NOBODY, EVERYBODY - WORKING),
    ("list_share_links", "/share-links/spring"): (STAFF, OUTSIDERS),
    ("list_share_links", "/share-links/none"): (NOBODY, OUTSIDERS),
    ("make_share_link", "/share-links/spring"): (DECIDING, EVERYBODY - DECIDING),
    ("make_share_link", "/share-links/none"): (NOBODY, EVERYBODY - DECIDING),
    ("revoke_share_link", "/share-links/spring/1/revoke"): (DECIDING, EVERYBODY - DECIDING),
    ("revoke_share_link", "/share-links/later/1/revoke"): (NOBODY, EVERYBODY - DECIDING),
    ("get_library", "/library"): (STAFF, OUTSIDERS),
    # Too few programs for these.
    ("get_library_file", "/library-files/html"): (NOBODY, OUTSIDERS),
    ("get_library_picture", "/library-pictures/programs"): (NOBODY, OUTSIDERS),
    ("get_finance_overview", "/finance-overview"): (STAFF, OUTSIDERS),
    ("get_finance_exceptions", "/finance-exceptions"): (STAFF, OUTSIDERS),
    ("list_finance_pictures", "/finance-pictures"): (STAFF, OUTSIDERS),
    ("get_finance_picture", "/finance-pictures/budgets"): (STAFF, OUTSIDERS),
    ("get_finance_picture", "/finance-pictures/none"): (NOBODY, OUTSIDERS),
    ("list_holds", "/holds"): (STAFF, OUTSIDERS),
    ("place_hold", "/holds"): (FINANCE, EVERYBODY - FINANCE),
    ("release_hold", "/holds/1/release"): (FINANCE, EVERYBODY - FINANCE),
    ("release_hold", "/holds/77/release"): (NOBODY, EVERYBODY - FINANCE),
    ("list_budgets", "/budgets"): (STAFF, OUTSIDERS),
    ("list_batches", "/batches"): (STAFF, OUTSIDERS),
    ("get_batch", "/batches/1"): (STAFF, OUTSIDERS),
    ("get_batch", "/batches/77"): (NOBODY, OUTSIDERS),
    ("get_batch_lines", "/batches/1/lines"): (STAFF, OUTSIDERS),
    ("get_finance_table", "/finance-tables/trial-balance"): (STAFF, OUTSIDERS),
    ("get_book_file", "/book-files/hledger"): (STAFF, OUTSIDERS),
    ("list_jobs", "/jobs"): (WORKING, EVERYBODY - WORKING),
    ("get_job", "/jobs/1"): (WORKING, EVERYBODY - WORKING),
    ("get_job", "/jobs/2"): (FINANCE, EVERYBODY - WORKING),
    ("get_job", "/jobs/999999"): (NOBODY, EVERYBODY - WORKING),
    ("cancel_job", "/jobs/1/cancel"): (WORKING, EVERYBODY - WORKING),
    ("cancel_job", "/jobs/2/cancel"): (FINANCE, EVERYBODY - WORKING),
    ("retry_job", "/jobs/2/retry"): (FINANCE, EVERYBODY - WORKING),
    ("list_notices", "/notices"): (EVERYBODY, NOBODY),
    ("get_notice_paces", "/notice-paces"): (EVERYBODY, NOBODY),
    ("set_notice_paces", "/notice-paces"): (EVERYBODY, NOBODY),
    ("list_notice_rooms", "/notice-rooms"): (ADMIN, EVERYBODY - ADMIN),
    ("add_notice_room", "/notice-rooms"): (ADMIN, EVERYBODY - ADMIN),
    ("test_notice_room", "/notice-rooms/999/test"): (NOBODY, EVERYBODY - ADMIN),
    ("remove_notice_room", "/notice-rooms/1/remove"): (ADMIN, EVERYBODY - ADMIN),
    ("preview_notice", "/notice-mails/paid"): (ADMIN, EVERYBODY - ADMIN),
    ("preview_notice", "/notice-mails/none"): (NOBODY, EVERYBODY - ADMIN),
    ("list_webhooks", "/webhooks"): (ADMIN, EVERYBODY - ADMIN),
    ("add_webhook", "/webhooks"): (ADMIN, EVERYBODY - ADMIN),
    ("get_webhook", "/webhooks/1"): (ADMIN, EVERYBODY - ADMIN),
    ("get_webhook", "/webhooks/99"): (NOBODY, EVERYBODY - ADMIN),
    ("turn_webhook", "/webhooks/1/state/off"): (ADMIN, EVERYBODY - ADMIN),
    ("rotate_webhook_secret", "/webhooks/1/rotate"): (ADMIN, EVERYBODY - ADMIN),
    ("rotate_webhook_secret", "/webhooks/99/rotate"): (NOBODY, EVERYBODY - ADMIN),
    ("test_webhook", "/webhooks/1/test"): (ADMIN, EVERYBODY - ADMIN),
    ("list_webhook_messages", "/webhooks/1/messages"): (ADMIN, EVERYBODY - ADMIN),
    ("list_webhook_messages", "/webhooks/99/messages"): (NOBODY, EVERYBODY - ADMIN),
    ("get_webhook_message", "/webhook-messages/1"): (ADMIN, EVERYBODY - ADMIN),
    ("get_webhook_message", "/webhook-messages/99"): (NOBODY, EVERYBODY - ADMIN),
    ("redeliver_webhook_message", "/webhook-messages/1/redeliver"): (
        ADMIN,
        EVERYBODY - ADMIN,
    ),
    ("list_webhook_sources", "/webhook-sources"): (ADMIN, EVERYBODY - ADMIN),
    ("add_webhook_source", "/webhook-sources"): (ADMIN, EVERYBODY - ADMIN),
    ("get_webhook_source", "/webhook-sources/1"): (ADMIN, EVERYBODY - ADMIN),
    ("turn_webhook_source", "/webhook-sources/1/state/off"): (ADMIN, EVERYBODY - ADMIN),
    ("rotate_webhook_source_secret", "/webhook-sources/1/rotate"): (
        ADMIN,
        EVERYBODY - ADMIN,
    ),
}


def prepare(world: Any) -> None:
    """Let every address of the table lead somewhere."""
    from openspiff.web.actions.imports import start_undo  # noqa: PLC0415
    from openspiff.web.actions.programs import add_program_draft  # noqa: PLC0415
    from openspiff.web.models import ShareLink  # noqa: PLC0415

    jobs.prepare(world)  # first, so that their numbers are known
    add_claims(world)
    add_answer(world)
    edition = write(world)
    finance, manager = world.users["finance"], world.users["manager"]
    start_undo(batch_no=2, acting_user=finance, at=1)
    # To a report that is written already: a shared one would have to be drawn.
    ShareLink.objects.create(
        name="a-name-made-by-chance",
        note="x",
        edition=edition,
        program_id="spring",
        expires_at=2,
        made_at=1,
        made_by=manager,
    )
    add_hooks(world)
    notices.prepare(world)
    add_finance(world)
    text = with_terms(program_id="later", name="Later")
    add_program_draft(source_text=text, acting_user=manager, at=1)
