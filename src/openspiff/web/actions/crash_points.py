"""At which points may a test let the process end at once, as if it had been killed?"""

from __future__ import annotations

import os


def crash_point(name: str) -> None:
    """End the process without a word where OPENSPIFF_CRASH_AT names this point.

    Nothing is flushed, closed or undone by us: what survives is what the database and the
    disk keep. Without the variable this is one look-up.
    """
    if os.environ.get("OPENSPIFF_CRASH_AT") == name:
        os._exit(137)
