"""What does one check of an install say?"""

from __future__ import annotations

import attrs


@attrs.frozen
class Finding:
    """What one check found: its state (ok, warn, problem), and what would mend it."""

    name: str
    state: str
    says: str
    remedy: str = ""
