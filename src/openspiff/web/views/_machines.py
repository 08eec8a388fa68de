"""How does a program do what a page does? One table: the page, the call, the command.

What a page is about stands in its address: `{name}` in a command is filled from there, or
from what the page was asked for behind the question mark, as a shell would take it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any, Final

import attrs
from django.http import HttpRequest

_PLACE: Final = re.compile(r"\{(\w+)\}")
_MOST_LETTERS: Final = 200


@attrs.frozen
class SameByMachine:
    """The operation of the API and the command line that do what a page does."""

    operation: str
    command: str


SAME: Final[Mapping[str, tuple[str, str]]] = {
    # Programs
    "programs": ("list_programs", "openspiff library"),
    "program": ("get_program", "openspiff rule {program_id}.toml"),
    "program_terms": ("get_program_terms", "openspiff rule --terms {program_id}.toml"),
    "program_report": ("list_reports", "openspiff report {program_id}"),
    "program_amend": ("draft_program", "openspiff amend {program_id}"),
    "program_clone": ("draft_program", "openspiff clone {program_id} NEW_ID"),
    "program_pause": ("pause_program", "openspiff pause {program_id}"),
    "program_end": ("end_program", "openspiff end {program_id}"),
    "draft_new": ("draft_program", "openspiff check FILE"),
    "draft": ("get_program_draft", "openspiff check {program_id}-v{version}.toml"),
    "draft_launch": ("launch_draft", "openspiff launch {program_id}-v{version}.toml"),
    "leaderboard": ("get_leaderboard", "openspiff leaderboard {program_id}"),
    "program_live": ("get_program_live", ""),
    # Payees and firms
    "payees": ("list_payees", ""),
    "payee_home": ("get_statement", ""),
    "payout_method": ("", "openspiff payout-methods {payee_id}"),
    "payout_methods": ("", "openspiff payout-methods"),
    "tax_form": ("", "openspiff tax-form {payee_id}"),
    "statement": ("get_statement", "openspiff statement {payee_id}"),
    "month": ("get_statement_csv", "openspiff statement {payee_id} --month {month}"),
    "payee_events": ("get_entitlements", "openspiff explain --payee {payee_id}"),
    "why": ("get_entitlements", "openspiff explain --event {source}/{event}"),
    "firms": ("list_firms", ""),
    "firm": ("get_firm", ""),
    # Claims and disputes
    "claims": ("list_claims", "openspiff claims list"),
    "claim_new": ("send_claim", ""),
    "claim": ("get_claim", "openspiff claims list"),
    "claim_again": ("resend_claim", ""),
    "claim_queue": ("list_claims", "openspiff claims list"),
    "claim_decide": ("decide_claims", "openspiff claims approve"),
    "disputes": ("list_disputes", ""),
    "dispute_new": ("raise_dispute", ""),
    "dispute": ("get_dispute", ""),
    # Imports
    "imports": ("list_imports", "openspiff imports list"),
    "import_detail": ("get_import_draft", ""),
    "import_batch": ("undo_import", "openspiff imports undo {batch_no}"),
    "import_list_detail": ("undo_import", ""),
    "import_new": ("send_event_file", "openspiff import MAPPING FILE"),
    # Finance
    "finance": ("get_finance_overview", ""),
    "finance_exceptions": ("get_finance_exceptions", "openspiff finance exceptions"),
    "finance_budgets": ("list_budgets", "openspiff finance budgets"),
    "finance_liability": ("get_finance_table", "openspiff finance liability"),
    "finance_trial_balance": ("get_finance_table", "openspiff finance trial-balance"),
    "finance_month_ends": ("get_finance_table", "openspiff finance month-end MONTH"),
    "finance_holds": ("list_holds", "openspiff hold list"),
    "finance_runs": ("list_runs", "openspiff finance runs"),
    "finance_new_run": ("start_run", "openspiff book"),
    "finance_batches": ("list_batches", "openspiff batch list"),
    "finance_new_batch": ("", "openspiff batch prepare"),
    "finance_batch": ("get_batch", "openspiff batch approve {number}"),
    "finance_pay": ("", "openspiff batch pay {number} --reference TEXT"),
    # Reports and decisions
    "measured": ("list_reports", "openspiff measure {program_id}"),
    "measured_one": ("get_report", "openspiff measure {program_id}"),
    "verdict": ("record_verdict", "openspiff decide {program_id}"),
    "share_links": ("make_share_link", "openspiff share {program_id}"),
    "library": ("get_library", "openspiff library"),
    # Machines
    "jobs": ("list_jobs", "openspiff jobs list"),
    "job_detail": ("get_job", "openspiff jobs show {job_id}"),
    "notices": ("get_notice_paces", ""),
    "notice_rooms": ("list_notice_rooms", ""),
    "notice_previews": ("preview_notice", "openspiff notices paid"),
    "notice_preview": ("preview_notice", "openspiff notices {kind}"),
    "webhooks": ("list_webhooks", "openspiff webhooks list"),
    "new_endpoint": ("add_webhook", "openspiff webhooks add"),
    "endpoint": ("list_webhook_messages", "openspiff webhooks log {endpoint_id}"),
    "delivery": ("get_webhook_message", "openspiff webhooks redeliver {delivery_id}"),
    "new_source": ("add_webhook_source", "openspiff webhooks add-source"),
    "tokens": ("", "openspiff tokens list"),
    "people": ("", "openspiff people"),
    "invite": ("", "openspiff invite"),
}


def same_by_machine(request: HttpRequest) -> SameByMachine | None:
    """Return the call and the command of the page that is asked for, or None."""
    match = request.resolver_match
    found = SAME.get(match.url_name or "") if match is not None else None
    if match is None or found is None:
        return None
    operation, command = found
    return SameByMachine(operation, _filled(command, request, match.kwargs))


def _filled(command: str, request: HttpRequest, parts: Mapping[str, Any]) -> str:
    """Return a command about what the page is about, word by word as a shell takes it."""

    def value(name: str) -> str:
        said = str(parts.get(name) or request.GET.get(name, ""))
        is_short = said.isprintable() and 0 < len(said) <= _MOST_LETTERS
        return said if is_short else name.upper()

    words = command.split(" ")
    filled = [_PLACE.sub(lambda found: value(found[1]), word) for word in words]
    return " ".join(
        shlex.quote(new) if new != old else old
        for old, new in zip(words, filled, strict=True)
    )
