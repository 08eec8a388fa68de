"""How is a change put on record? One audit row in the change's own transaction."""

from __future__ import annotations

from typing import Any

from openspiff.web.models import AuditRow, User

from ._one_call import add_in_time


def record_change(
    *,
    acting_user: User | None,
    at: int,
    action: str,
    of: tuple[str, str],
    change: tuple[dict[str, Any] | None, dict[str, Any] | None],
) -> None:
    """Add the audit row of one change; call it inside the change's transaction.

    `of` is the kind and the id of what changed, `change` its fields before and after, only
    those that differ (None: it did not exist, or no longer does). `at` is microseconds
    since 1970.
    """
    kind, name = of
    before, after = change
    add_in_time(
        AuditRow,
        acted_at=at,
        actor_id=None if acting_user is None else acting_user.pk,
        action=action,
        object_kind=kind,
        object_id=name,
        before=before,
        after=after,
    )
