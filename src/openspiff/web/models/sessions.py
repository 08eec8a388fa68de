"""Who is signed in, since when, in which browser? Sessions that know their user.

Django reads this module as its session engine: a session is a row as always, with what the
list of sessions shows beside it.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class WebSession(AbstractBaseSession):
    """One browser that came in; without a user it holds an unfinished sign-in at most."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    begun_at = models.BigIntegerField(default=0)
    address = models.CharField(max_length=64, blank=True)
    browser = models.CharField(max_length=100, blank=True)
    way = models.CharField(max_length=20, blank=True)

    @property
    def public_id(self) -> str:
        """Return the name of the session on pages: its key never leaves the cookie."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:24]

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        """Return the engine that reads and writes these rows."""
        return SessionStore


class SessionStore(DatabaseStore):
    """Django's sessions in the database, each with its user and where it began."""

    @classmethod
    def get_model_class(cls) -> type[WebSession]:
        """Return the record of one session."""
        return WebSession

    def create_model_instance(self, data: dict[str, Any]) -> WebSession:
        """Return the row of this session, with the user that its data names."""
        row: WebSession = super().create_model_instance(data)  # type: ignore[assignment]
        user_id = data.get("_auth_user_id")
        row.user_id = None if user_id is None else int(user_id)
        begun = data.get("begun", {})
        row.begun_at = begun.get("at", 0)
        row.address = begun.get("address", "")[:64]
        row.browser = begun.get("browser", "")[:100]
        row.way = begun.get("way", "")[:20]
        return row
