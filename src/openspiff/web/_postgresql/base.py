"""Does the connection that was kept still stand? Looked up without asking the server.

Django asks `SELECT 1` before the first look-up of every page. A server that is gone has
closed its end, and that can be read from the connection itself: nothing comes over an idle
one but its end, or a last word before it.
"""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that is asked whether it stands only when something has come over it."""

    def is_usable(self) -> bool:
        """Tell whether the connection can be used; after an error the server is asked."""
        if self.connection is None:
            return False
        if self.errors_occurred or self.connection.closed or self._has_word():
            return bool(super().is_usable())
        return True

    def _has_word(self) -> bool:
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return bool(waiting.poll(0))
