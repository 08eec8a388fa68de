"""What can be asked of the API, where, and what does it answer?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from . import _shapes as shapes


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
}
"""Every operation by its name."""
