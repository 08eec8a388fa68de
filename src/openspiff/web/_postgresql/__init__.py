"""How does Django speak to PostgreSQL here? As always, but shorter where each request asks.

What nearly every request asks is asked by `often_cursor`: PostgreSQL reads and plans such a
statement a few times, keeps the plan, and is sent only the values from then on.
"""

from __future__ import annotations

from typing import Any

from django.db import connection


def often_cursor() -> Any:
    """Return a cursor for a constant statement that reads no moments with a zone.

    On SQLite it is one like any other; use it as `connection.cursor()`.
    """
    return getattr(connection, "often_cursor", connection.cursor)()
