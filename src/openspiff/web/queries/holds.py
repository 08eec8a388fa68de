"""Whose money waits, why, and until when?"""

from __future__ import annotations

import datetime as dt

import attrs
from django.db.models import Q, QuerySet

from openspiff.web.access import NotVisibleError, Viewer, sees_all_payees
from openspiff.web.models import Hold, HoldKind, PayeeName, Transfer, utc_day

from .people import payee


@attrs.frozen(kw_only=True)
class ShownHold:
    """One hold as shown; `released_by` is empty while nobody released it."""

    hold_id: int
    kind: str
    held_id: str
    name: str
    reason: str
    ends_before: dt.date | None
    placed_at: int
    placed_by: str
    released_at: int | None = None
    released_by: str = ""
    release_reason: str = ""


def active_holds(viewer: Viewer, *, at: int) -> list[ShownHold]:
    """Return the holds in force at a moment, the newest first."""
    _refuse_outsiders(viewer)
    return _shown(Hold.objects.active(utc_day(at)).order_by("-pk"))


def ended_holds(viewer: Viewer, *, at: int, count: int = 50) -> list[ShownHold]:
    """Return the last holds that were released or have come to their day."""
    _refuse_outsiders(viewer)
    ended = Q(release__isnull=False) | Q(ends_before__lte=utc_day(at))
    return _shown(Hold.objects.filter(ended).order_by("-pk")[:count])


def hold_shown(viewer: Viewer, hold_id: int) -> ShownHold:
    """Return one hold; raises NotVisibleError."""
    _refuse_outsiders(viewer)
    for one in _shown(Hold.objects.filter(pk=hold_id)):
        return one
    message = f"no hold {hold_id}"
    raise NotVisibleError(message)


def holds_on_payee(viewer: Viewer, payee_id: str, *, at: int) -> list[ShownHold]:
    """Return the holds for which a payee waits; raises NotVisibleError for strangers.

    A hold on a program concerns whoever has something booked under it.
    """
    who = payee(viewer, payee_id)
    programs = Transfer.objects.filter(payee_id=payee_id).values("program_id")
    mine = (
        Q(kind=HoldKind.PAYEE, held_id=payee_id)
        | Q(kind=HoldKind.PROGRAM, held_id__in=programs)
        | (Q(kind=HoldKind.FIRM, held_id=who.firm_id) if who.firm_id else Q(pk__in=[]))
    )
    return _shown(Hold.objects.active(utc_day(at)).filter(mine).order_by("pk"))


def _refuse_outsiders(viewer: Viewer) -> None:
    if not sees_all_payees(viewer):
        raise NotVisibleError("no such holds")


def _shown(rows: QuerySet[Hold]) -> list[ShownHold]:
    found = list(rows.select_related("placed_by", "release__released_by"))
    ids = [one.held_id for one in found if one.kind == HoldKind.PAYEE]
    names = {row.payee_id: str(row) for row in PayeeName.objects.filter(payee_id__in=ids)}
    return [_hold(one, names) for one in found]


def _hold(row: Hold, names: dict[str, str]) -> ShownHold:
    release = getattr(row, "release", None)
    is_payee = row.kind == HoldKind.PAYEE
    return ShownHold(
        hold_id=row.pk,
        kind=row.kind,
        held_id=row.held_id,
        name=names.get(row.held_id, row.held_id) if is_payee else row.held_id,
        reason=row.reason,
        ends_before=row.ends_before,
        placed_at=row.placed_at,
        placed_by=str(row.placed_by),
        released_at=None if release is None else release.released_at,
        released_by="" if release is None else str(release.released_by),
        release_reason="" if release is None else release.reason,
    )
