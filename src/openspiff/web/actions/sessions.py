"""How does a session end before its time? By its user, or by an administrator."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from openspiff.web.access import NotVisibleError, Viewer, require_act
from openspiff.web.models import User, WebSession

from ._audit import record_change


@transaction.atomic
def end_session(*, session_id: str, acting_user: Viewer, at: int) -> None:
    """End one session of oneself, by the digest under which the list shows it.

    Raises NotVisibleError when oneself has no such session.
    """
    require_act(acting_user, "change_own_entry")
    rows = WebSession.objects.filter(user_id=acting_user.pk)
    named = [row.session_key for row in rows if row.public_id == session_id]
    if not named or WebSession.objects.filter(session_key__in=named).delete()[0] == 0:
        raise NotVisibleError("no such session")
    _record(acting_user, acting_user, at, ended=1)


@transaction.atomic
def end_other_sessions(*, kept_session: str, acting_user: Viewer, at: int) -> int:
    """End every session of oneself but the one with this key; return how many ended."""
    require_act(acting_user, "change_own_entry")
    ended = drop_sessions(user=acting_user, but=kept_session)
    _record(acting_user, acting_user, at, ended=ended)
    return ended


@transaction.atomic
def end_sessions_of(*, user: User, acting_user: Viewer, at: int) -> int:
    """End every session of somebody; return how many ended. Raises NotAllowedError."""
    require_act(acting_user, "end_sessions")
    ended = drop_sessions(user=user)
    _record(user, acting_user, at, ended=ended)
    return ended


def drop_sessions(*, user: User, but: str = "") -> int:
    """Delete the sessions of a user; call it inside the transaction of an action."""
    found = WebSession.objects.filter(user_id=user.pk).exclude(session_key=but)
    return found.delete()[0]


def drop_expired_sessions(*, at: int) -> None:
    """Delete every session whose time is up."""
    moment = dt.datetime.fromtimestamp(at // 1_000_000, tz=dt.UTC)
    WebSession.objects.filter(expire_date__lt=moment).delete()


def _record(user: User, acting_user: Viewer, at: int, *, ended: int) -> None:
    record_change(
        acting_user=acting_user,
        at=at,
        action="end_sessions",
        of=("user", user.username),
        change=({"ended": ended}, None),
    )
