"""How does a program do what a page does? One table: the page, the call, the command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs
from django.http import HttpRequest


@attrs.frozen
class SameByMachine:
    """The operation of the API and the command line that do what a page does."""

    operation: str
    command: str


SAME: Final[Mapping[str, tuple[str, str]]] = {
    "programs": ("list_programs", "openspiff library"),
    "program": ("get_program", "openspiff rule FILE"),
    "program_terms": ("get_program_terms", "openspiff rule FILE"),
    "draft_launch": ("", "openspiff launch FILE"),
    "payees": ("list_payees", ""),
    "payout_method": ("", "openspiff payout-methods PAYEE"),
    "payout_methods": ("", "openspiff payout-methods"),
    "tax_form": ("", "openspiff tax-form PAYEE"),
    "statement": ("get_statement", "openspiff statement PAYEE"),
    "month": ("get_statement_csv", "openspiff statement PAYEE --month MONTH"),
    "payee_events": ("get_entitlements", "openspiff explain --payee PAYEE"),
    "why": ("get_entitlements", "openspiff explain --event SOURCE/ID"),
    "firms": ("list_firms", ""),
    "firm": ("get_firm", ""),
    "claims": ("list_claims", "openspiff claims list"),
    "claim_new": ("send_claim", ""),
    "claim": ("get_claim", "openspiff claims list"),
    "claim_queue": ("list_claims", "openspiff claims list"),
    "claim_decide": ("decide_claims", "openspiff claims approve"),
    "imports": ("send_event_file", "openspiff import MAPPING FILE"),
    "import_new": ("send_event_file", "openspiff import MAPPING FILE"),
    "finance_exceptions": ("", "openspiff finance exceptions"),
    "finance_budgets": ("", "openspiff finance budgets"),
    "finance_liability": ("", "openspiff finance liability"),
    "finance_trial_balance": ("", "openspiff finance trial-balance"),
    "finance_month_ends": ("", "openspiff finance month-end MONTH"),
    "finance_holds": ("", "openspiff hold list"),
    "finance_batches": ("", "openspiff batch list"),
    "finance_new_batch": ("", "openspiff batch prepare"),
    "finance_batch": ("", "openspiff batch approve NUMBER"),
    "finance_pay": ("", "openspiff batch pay NUMBER --reference TEXT"),
    "finance_runs": ("list_runs", "openspiff finance runs"),
    "finance_new_run": ("start_run", "openspiff book"),
    "measured": ("list_reports", "openspiff measure PROGRAM"),
    "measured_one": ("get_report", "openspiff measure PROGRAM"),
    "tokens": ("", "openspiff tokens list"),
    "people": ("", "openspiff people"),
    "library": ("list_programs", "openspiff library"),
}


def same_by_machine(request: HttpRequest) -> SameByMachine | None:
    """Return the call and the command of the page that is asked for, or None."""
    match = request.resolver_match
    found = SAME.get(match.url_name or "") if match is not None else None
    return None if found is None else SameByMachine(*found)
