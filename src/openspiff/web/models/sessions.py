"""Who is signed in, since when, in which browser? Sessions that know their user.

Django reads this module as its session engine: a session is a row as always, with what the
list of sessions shows beside it.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import connection, models
from django.utils.crypto import constant_time_compare

from openspiff.web._postgresql import often_cursor

from .people import User, user_columns, user_of_row


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
    """Django's sessions in the database, each with its user and where it began.

    A session is read together with its user: every page asks for both.
    """

    _user: User | None = None

    def signed_in(self) -> User | None:
        """Return whose session it is, without another look-up.

        None also where Django's own `get_user` has to say more: nobody is signed in, the
        password or the key that signs has changed, the user is new here or shut out.
        """
        said = self.get(SESSION_KEY)
        user = self._user
        if said is None or user is None or str(user.pk) != said or not user.is_active:
            return None
        if self.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
            return None
        proof = str(self.get(HASH_SESSION_KEY, ""))
        is_proven = constant_time_compare(proof, user.get_session_auth_hash())
        return user if is_proven else None

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing, and no key, when it is over or gone."""
        sql = _session_with_user()
        # A session is over by the clock that also ends Django's own.
        now = dt.datetime.now(tz=dt.UTC)  # noqa: TID251
        with often_cursor() as cursor:
            moment = connection.ops.adapt_datetimefield_value(now)
            cursor.execute(sql, [self.session_key, moment])
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        data, *values = row
        if values[0] is not None:
            self._user = user_of_row(values)
        return self.decode(data)

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


@functools.cache
def _session_with_user() -> str:
    """Return the look-up of a session that is not over, and the user's columns in it."""
    return f"""
        select s.session_data, {user_columns("u")} from web_websession s
        left join web_user u on u.id = s.user_id
        where s.session_key = %s and s.expire_date > %s
    """  # noqa: S608 (names of columns)
