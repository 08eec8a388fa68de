"""Which calls do what a page does? Every page stands in one of two tables.

CALLED  page -> the operations that do or show the same
PERSON  page -> why only a person does it
"""

from __future__ import annotations

from typing import Final

CALLED: Final[dict[str, tuple[str, ...]]] = {
    # Programs
    "programs": ("list_programs",),
    "program": ("get_program", "list_program_versions"),
    "program_terms": ("get_program_terms",),
    "program_report": ("list_reports", "get_report"),
    "program_file": ("get_program_terms",),
    "program_amend": ("draft_program",),
    "program_clone": ("draft_program",),
    "program_pause": ("pause_program",),
    "program_resume": ("resume_program",),
    "program_end": ("end_program",),
    "program_joiners": ("enroll_joiners",),
    "draft_new": ("draft_program",),
    "draft_check": ("draft_program",),
    "draft": ("get_program_draft", "draft_program"),
    "draft_launch": ("launch_draft",),
    "draft_discard": ("discard_draft",),
    "leaderboard": ("get_leaderboard",),
    "take_leaderboard": ("take_leaderboard",),
    # What the pages of numbers show as CSV stands as rows beside each picture.
    "program_live": ("get_program_live",),
    "program_live_svg": ("get_live_picture",),
    "program_live_csv": ("get_program_live",),
    # Payees and firms
    "payees": ("list_payees", "get_payee"),
    "payee_home": ("get_statement", "list_programs", "list_claims"),
    "statement": ("get_statement",),
    "month": ("get_statement", "get_statement_csv"),
    "month_csv": ("get_statement_csv",),
    "month_pdf": ("get_statement_pdf",),
    # Of a draw, what an event is worth are its tickets.
    "draw_tickets": ("get_entitlements",),
    "payee_events": ("get_entitlements", "list_events"),
    "why": ("get_entitlements", "get_event"),
    "firms": ("list_firms",),
    "firm": ("get_firm",),
    # Claims and disputes
    "claims": ("list_claims",),
    "claim_choose": ("list_programs",),
    "claim_new": ("send_claim", "keep_evidence"),
    "evidence": ("get_evidence",),
    "claim_twins": ("list_events",),
    "claim_queue": ("list_claims",),
    "claim_decide": ("decide_claims",),
    "claim": ("get_claim",),
    "claim_again": ("resend_claim",),
    "claim_withdraw": ("withdraw_claim",),
    "disputes": ("list_disputes",),
    "dispute_new": ("raise_dispute",),
    "dispute": ("get_dispute",),
    "dispute_answer": ("answer_dispute",),
    # Imports: what a program sends needs no columns to be chosen
    "import_new": ("send_events", "send_event_file"),
    "import_upload": ("send_event_file",),
    "import_file": ("send_event_file",),
    "import_columns": ("send_event_file",),
    "import_names": ("send_event_file",),
    "import_work": ("send_event_file", "try_import_draft"),
    "import_progress": ("list_jobs", "get_job"),
    "import_save": ("send_event_file", "save_import_draft"),
    "import_rejects": ("send_event_file",),
    "imports": ("list_imports", "list_import_drafts"),
    "import_detail": ("get_import_draft",),
    "import_discard": ("discard_import_draft",),
    "import_batch": ("get_import", "undo_import"),
    "import_batch_undo": ("undo_import", "save_import_draft"),
    "import_list_detail": ("get_import", "undo_import"),
    "import_list_undo": ("undo_import", "save_import_draft"),
    # Finance
    "finance": ("get_finance_overview",),
    "finance_exceptions": ("get_finance_exceptions",),
    "finance_picture": ("get_finance_picture",),
    "finance_picture_table": ("list_finance_pictures",),
    "finance_budgets": ("list_budgets",),
    "finance_liability": ("get_finance_table",),
    "finance_trial_balance": ("get_finance_table",),
    "finance_month_ends": ("get_finance_table",),
    "finance_holds": ("list_holds", "place_hold"),
    "finance_release": ("release_hold",),
    "finance_runs": ("list_runs", "get_run"),
    "finance_new_run": ("preview_run", "start_run"),
    "finance_batches": ("list_batches",),
    "finance_batch": ("get_batch", "get_batch_lines"),
    "finance_batch_export": ("get_batch_lines",),
    "finance_export": ("get_finance_table",),
    "finance_book_file": ("get_book_file",),
    # Reports and decisions
    "measured": ("list_reports", "list_all_reports"),
    "measured_one": ("get_report",),
    "measured_write": ("write_report",),
    "measured_file": ("get_report_pdf", "get_report"),
    "measured_drawing": ("get_report",),
    "verdict": ("list_verdicts", "record_verdict"),
    "share_links": ("list_share_links", "make_share_link"),
    "share_link_revoke": ("revoke_share_link",),
    "library": ("get_library",),
    "library_file": ("get_library_file",),
    "library_picture": ("get_library_picture",),
    # Machines
    "jobs": ("list_jobs",),
    "jobs_open": ("list_jobs",),
    "job_detail": ("get_job",),
    "job_progress": ("get_job",),
    "job_cancel": ("cancel_job",),
    "job_retry": ("retry_job",),
    "notices": ("list_notices", "get_notice_paces", "set_notice_paces"),
    "notice_rooms": ("list_notice_rooms", "add_notice_room"),
    "room_test": ("test_notice_room",),
    "room_gone": ("remove_notice_room",),
    "notice_previews": ("preview_notice",),
    "notice_preview": ("preview_notice",),
    "webhooks": ("list_webhooks", "list_webhook_sources"),
    "new_endpoint": ("add_webhook",),
    "endpoint": ("get_webhook", "list_webhook_messages"),
    "endpoint_on": ("turn_webhook",),
    "endpoint_off": ("turn_webhook",),
    "endpoint_test": ("test_webhook",),
    "endpoint_rotate": ("rotate_webhook_secret",),
    "delivery": ("get_webhook_message",),
    "redeliver": ("redeliver_webhook_message",),
    "new_source": ("add_webhook_source",),
    "source_on": ("turn_webhook_source",),
    "source_off": ("turn_webhook_source", "get_webhook_source"),
    "source_rotate": ("rotate_webhook_source_secret",),
}

_ONESELF: Final = "it shows or changes how a person shows who they are"
_AGAIN: Final = "whoever does it shows once more, minutes before, who they are"
_COMES_IN: Final = "it decides who comes in, and with which rights"
_BROWSER: Final = "it is about a browser, not about programs or money"
_ACCOUNT: Final = "it is about somebody's account or tax, which no token is for"
_STRANGER: Final = "it is for somebody without a user, by a link"
_ITSELF: Final = "it tells of the API, or of the server, and needs no token"

PERSON: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            *("sign_in", "sign_in_code", "sign_in_passkey", "sign_in_code_passkey"),
            *("sign_out", "confirm_identity", "confirm_passkey", "profile", "password"),
            *("security", "add_app", "app_picture", "add_passkey", "spare_codes"),
            *("remove_factor", "sessions", "end_session", "provider"),
            "openid_connect_callback",
        ),
        _ONESELF,
    ),
    **dict.fromkeys(
        (
            *("finance_new_batch", "finance_approve", "finance_reject", "finance_void"),
            "finance_pay",
        ),
        _AGAIN,
    ),
    **dict.fromkeys(
        (
            *("tokens", "make_token", "rotate_token", "revoke_token"),
            *("people", "invite", "person", "set_role", "set_active", "password_link"),
            *("remove_factors", "end_sessions", "renew_invitation", "revoke_invitation"),
            *("consent", "invite_to_firm", "leave_firm"),
        ),
        _COMES_IN,
    ),
    **dict.fromkeys(
        ("payout_method", "new_payout_method", "payout_methods", "tax_form", "tax_rules"),
        _ACCOUNT,
    ),
    "confirm_tax_rules": _ACCOUNT,
    **dict.fromkeys(
        ("join", "shared_report", "shared_pdf", "shared_drawing", "notice_off"), _STRANGER
    ),
    **dict.fromkeys(("home", "manifest", "service_worker", "offline"), _BROWSER),
    **dict.fromkeys(
        (
            *("api_reference", "api_schema", "api_nothing", "api_hook_events"),
            *("health", "ready", "metrics"),
        ),
        _ITSELF,
    ),
}
