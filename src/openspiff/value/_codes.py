"""What does each warning about the worth of customers tell? Codes never change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CAUTIONS: Final[Mapping[str, str]] = {
    "few_leavers": "Few of one side left early, or stayed: the interval is too narrow.",
    "few_payees": "One side has customers of few payees: the interval holds too rarely.",
    "spend_depends_on_frequency": "Who buys often spends otherwise; the model says not.",
    "still_maturing": "Customers who were won too lately to be followed are left out.",
    "weakly_identified": "Read what the model predicts: its parameters are hardly known.",
}
"""What each code of a `Caution` means, whatever its sentence says of one case."""
