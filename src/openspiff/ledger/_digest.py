"""Are these the lines of the books? A digest that a statement carries in its footer."""

from __future__ import annotations

import hashlib
import json

from openspiff.ledger._statement import StatementMonth


def month_digest(month: StatementMonth) -> str:
    """Return the SHA-256 of the lines of one month, 64 hexadecimal digits.

    Two statements of one month carry the same digest exactly when they have the same
    lines, amounts and balances.
    """
    lines = [
        [
            line.sequence,
            line.effective_at,
            str(line.kind),
            line.program_id,
            line.source,
            line.event_id,
            line.change_minor,
            line.balance_minor,
            line.currency,
            line.reason,
        ]
        for line in month.lines
    ]
    told = [month.month, month.currency, month.opening_minor, month.closing_minor, lines]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
