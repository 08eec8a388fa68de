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
    is_page: bool
    needs_match: bool
    scope: str


OPERATIONS: Final[Mapping[str, Operation]] = {
    "list_programs": Operation(
        method="GET",
        path="/programs",
        answer=shapes.Program,
        is_page=True,
        needs_match=False,
        scope="programs:read",
    ),
    "get_program": Operation(
        method="GET",
        path="/programs/{program_id}",
        answer=shapes.Program,
        is_page=False,
        needs_match=False,
        scope="programs:read",
    ),
    "list_program_versions": Operation(
        method="GET",
        path="/programs/{program_id}/versions",
        answer=shapes.VersionList,
        is_page=False,
        needs_match=False,
        scope="programs:read",
    ),
    "get_program_terms": Operation(
        method="GET",
        path="/programs/{program_id}/terms",
        answer=shapes.Terms,
        is_page=False,
        needs_match=False,
        scope="programs:read",
    ),
    "list_claims": Operation(
        method="GET",
        path="/claims",
        answer=shapes.Claim,
        is_page=True,
        needs_match=False,
        scope="claims:read",
    ),
    "send_claim": Operation(
        method="POST",
        path="/claims",
        answer=shapes.Claim,
        is_page=False,
        needs_match=False,
        scope="claims:write",
    ),
    "decide_claims": Operation(
        method="POST",
        path="/claims/decisions",
        answer=shapes.Decision,
        is_page=False,
        needs_match=False,
        scope="claims:write",
    ),
    "get_claim": Operation(
        method="GET",
        path="/claims/{claim_id}",
        answer=shapes.WholeClaim,
        is_page=False,
        needs_match=False,
        scope="claims:read",
    ),
    "withdraw_claim": Operation(
        method="POST",
        path="/claims/{claim_id}/withdraw",
        answer=shapes.WholeClaim,
        is_page=False,
        needs_match=True,
        scope="claims:write",
    ),
    "resend_claim": Operation(
        method="POST",
        path="/claims/{claim_id}/resend",
        answer=shapes.WholeClaim,
        is_page=False,
        needs_match=True,
        scope="claims:write",
    ),
    "list_events": Operation(
        method="GET",
        path="/events",
        answer=shapes.Event,
        is_page=True,
        needs_match=False,
        scope="events:read",
    ),
    "send_events": Operation(
        method="POST",
        path="/events",
        answer=shapes.Import,
        is_page=False,
        needs_match=False,
        scope="events:write",
    ),
    "get_event": Operation(
        method="GET",
        path="/events/{source}/{event_id}",
        answer=shapes.EventHistory,
        is_page=False,
        needs_match=False,
        scope="events:read",
    ),
    "send_event_file": Operation(
        method="POST",
        path="/event-files",
        answer=shapes.Import,
        is_page=False,
        needs_match=False,
        scope="events:write",
    ),
    "list_payees": Operation(
        method="GET",
        path="/payees",
        answer=shapes.Payee,
        is_page=True,
        needs_match=False,
        scope="payees:read",
    ),
    "get_payee": Operation(
        method="GET",
        path="/payees/{payee_id}",
        answer=shapes.Payee,
        is_page=False,
        needs_match=False,
        scope="payees:read",
    ),
    "list_firms": Operation(
        method="GET",
        path="/firms",
        answer=shapes.Firm,
        is_page=True,
        needs_match=False,
        scope="firms:read",
    ),
    "get_firm": Operation(
        method="GET",
        path="/firms/{firm_id}",
        answer=shapes.WholeFirm,
        is_page=False,
        needs_match=False,
        scope="firms:read",
    ),
    "get_statement": Operation(
        method="GET",
        path="/statements/{payee_id}",
        answer=shapes.Statement,
        is_page=False,
        needs_match=False,
        scope="statements:read",
    ),
    "get_statement_csv": Operation(
        method="GET",
        path="/statement-files/{payee_id}",
        answer=None,
        is_page=False,
        needs_match=False,
        scope="statements:read",
    ),
    "get_entitlements": Operation(
        method="GET",
        path="/entitlements/{payee_id}",
        answer=shapes.EntitlementList,
        is_page=False,
        needs_match=False,
        scope="events:read",
    ),
    "list_runs": Operation(
        method="GET",
        path="/runs",
        answer=shapes.Run,
        is_page=True,
        needs_match=False,
        scope="runs:read",
    ),
    "start_run": Operation(
        method="POST",
        path="/runs",
        answer=shapes.Run,
        is_page=False,
        needs_match=False,
        scope="runs:write",
    ),
    "preview_run": Operation(
        method="GET",
        path="/run-preview",
        answer=shapes.RunPreview,
        is_page=False,
        needs_match=False,
        scope="runs:read",
    ),
    "get_run": Operation(
        method="GET",
        path="/runs/{run_number}",
        answer=shapes.Run,
        is_page=False,
        needs_match=False,
        scope="runs:read",
    ),
    "list_reports": Operation(
        method="GET",
        path="/reports/{program_id}",
        answer=shapes.MeasurementList,
        is_page=False,
        needs_match=False,
        scope="reports:read",
    ),
    "get_report": Operation(
        method="GET",
        path="/reports/{program_id}/{measurement_id}",
        answer=shapes.Report,
        is_page=False,
        needs_match=False,
        scope="reports:read",
    ),
    "get_report_pdf": Operation(
        method="GET",
        path="/reports/{program_id}/{measurement_id}/pdf",
        answer=None,
        is_page=False,
        needs_match=False,
        scope="reports:read",
    ),
}
"""Every operation by its name."""
