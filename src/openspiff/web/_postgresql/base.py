"""What is shorter here than in Django? Two things that each request would wait for.

Django asks `SELECT 1` before the first look-up of every page. A server that is gone has
closed its end, and that can be read from the connection itself: nothing comes over an idle
one but its end, or a last word before it.

Django also writes the values into each statement, so that the server has to plan it anew:
what the ORM writes needs that. Constant statements of ours do not.
"""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base

_OFTEN = "openspiff_often"


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that asks less: whether it stands, and how to do what it did before."""

    def is_usable(self) -> bool:
        """Tell whether the connection can be used; after an error the server is asked."""
        if self.connection is None:
            return False
        if self.errors_occurred or self.connection.closed or self._has_word():
            return bool(super().is_usable())
        return True

    def often_cursor(self) -> Any:
        """Return a cursor whose statements the server keeps prepared, if it may."""
        ask: Any = self._cursor  # type: ignore[attr-defined] # not in the stubs
        return ask(_OFTEN)

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor of the driver, as Django does, or one that prepares."""
        if name != _OFTEN:
            return super().create_cursor(name)
        if self.settings_dict["OPTIONS"].get("prepare_threshold") is None:
            return super().create_cursor()
        made: Any = base.ServerBindingCursor
        return made(self.connection)

    def _has_word(self) -> bool:
        waiting = select.poll()
        waiting.register(self.connection.fileno(), select.POLLIN)
        return bool(waiting.poll(0))
