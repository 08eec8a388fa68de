"""How is a change put on record? One audit row in the change's own transaction."""

from __future__ import annotations

from typing import Any

from openspiff.web.models import AuditRow, User


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
    AuditRow.objects.create(
        acted_at=at,
        actor=acting_user,
        action=action,
        object_kind=kind,
        object_id=name,
        before=before,
        after=after,
    )
