"""Whose money waits? Holds are placed and released, each with a reason, never edited."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import NotVisibleError, Viewer, require_act
from openspiff.web.models import (
    Hold,
    HoldKind,
    HoldRelease,
    PayeeName,
    ProgramVersion,
    Transfer,
    utc_day,
)

from ._audit import record_change
from .conflict import ConflictError


class HoldError(OpenSpiffError):
    """A hold that cannot be placed like this."""

    code: ClassVar[str] = "hold"


@transaction.atomic
def place_hold(
    *,
    kind: str,
    held_id: str,
    reason: str,
    ends_before: dt.date | None,
    acting_user: Viewer,
    at: int,
) -> Hold:
    """Keep the money of a payee, a firm or a program from being paid, and return the hold.

    It ends on `ends_before` by itself, or when it is released. Raises NotAllowedError,
    HoldError with every problem, ConflictError when the same is on hold already.
    """
    require_act(acting_user, "place_hold")
    problems = list(_problems(kind, held_id, reason, ends_before, at))
    if problems:
        raise HoldError("the hold cannot be placed", problems)
    same = Hold.objects.active(utc_day(at)).filter(kind=kind, held_id=held_id).first()
    if same is not None:
        problem = Problem(held_id, f"{same.placed_by}: {same.reason}", "release it first")
        raise ConflictError("it is on hold already", [problem])
    hold = Hold.objects.create(
        kind=kind,
        held_id=held_id,
        reason=reason.strip(),
        ends_before=ends_before,
        placed_at=at,
        placed_by=acting_user,
    )
    record_change(
        acting_user=acting_user,
        at=at,
        action="place_hold",
        of=(kind, held_id),
        change=(
            None,
            {"reason": hold.reason, "ends_before": ends_before and str(ends_before)},
        ),
    )
    return hold


@transaction.atomic
def release_hold(*, hold_id: int, reason: str, acting_user: Viewer, at: int) -> HoldRelease:
    """End a hold before its day. Raises NotAllowedError, NotVisibleError, ConflictError."""
    require_act(acting_user, "release_hold")
    hold = Hold.objects.select_for_update().filter(pk=hold_id).first()
    if hold is None:
        message = f"no hold {hold_id}"
        raise NotVisibleError(message)
    first = HoldRelease.objects.select_related("released_by").filter(hold=hold).first()
    if first is not None:
        message = f"{first.released_by} has released it on {utc_day(first.released_at)}"
        raise ConflictError(message)
    release = HoldRelease.objects.create(
        hold=hold, reason=reason.strip(), released_at=at, released_by=acting_user
    )
    record_change(
        acting_user=acting_user,
        at=at,
        action="release_hold",
        of=(hold.kind, hold.held_id),
        change=({"hold": hold.pk}, {"released": release.reason}),
    )
    return release


def _problems(
    kind: str, held_id: str, reason: str, ends_before: dt.date | None, at: int
) -> list[Problem]:
    problems = []
    if kind not in HoldKind.values:
        problems.append(Problem("kind", f"expected one of {', '.join(HoldKind.values)}"))
    elif not _is_known(kind, held_id):
        problems.append(Problem("held_id", f"there is no {kind} {held_id!r}"))
    if not reason.strip():
        problems.append(Problem("reason", "say why: those who wait for it read this"))
    if ends_before is not None and ends_before <= utc_day(at):
        problems.append(Problem("ends_before", "expected a day to come, or none"))
    return problems


def _is_known(kind: str, held_id: str) -> bool:
    match HoldKind(kind):
        case HoldKind.PAYEE:
            payees = PayeeName.objects.filter(pk=held_id)
            return payees.exists() or Transfer.objects.filter(payee_id=held_id).exists()
        case HoldKind.FIRM:
            return bool(held_id) and PayeeName.objects.filter(firm_id=held_id).exists()
        case HoldKind.PROGRAM:
            return ProgramVersion.objects.filter(program_id=held_id).exists()
