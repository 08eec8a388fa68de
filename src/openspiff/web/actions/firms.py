"""What does a firm decide? Whether its people are paid, and who of them still comes in."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.db import IntegrityError, transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import (
    NotVisibleError,
    Viewer,
    may_see_firm,
    require_act,
)
from openspiff.web.models import CONSENT_VERSION, FirmConsent, PayeeName, Role, User

from ._audit import record_change
from .conflict import ConflictError
from .people import store_activity


class ConsentError(OpenSpiffError):
    """A consent that cannot be recorded like this."""

    code: ClassVar[str] = "consent"


@transaction.atomic
def record_consent(
    *,
    firm_id: str,
    is_given: bool,
    name_typed: str,
    seen_number: int,
    acting_user: Viewer,
    at: int,
    given_on: dt.date,
) -> FirmConsent:
    """Record that a firm consents to its people being paid, or withdraws its consent.

    Owners speak for their firm; managers and administrators record what came on paper.
    `seen_number` is the number of the last word that was seen, 0 for none; `given_on` is
    the day of it. Raises NotVisibleError, NotAllowedError, ConsentError with every problem,
    and ConflictError when the firm has spoken meanwhile.
    """
    is_on_paper = acting_user.role != Role.FIRM_OWNER
    if not may_see_firm(acting_user, firm_id=firm_id):
        raise NotVisibleError("no such firm")
    require_act(acting_user, "record_consent")
    last = FirmConsent.objects.filter(firm_id=firm_id).order_by("-number").first()
    _refuse_wrong_consent(
        firm_id, name_typed, given_on, is_given=is_given, at=at, last=last
    )
    number = 0 if last is None else last.number
    if number != seen_number:
        raise ConflictError("the firm has spoken meanwhile: look again")
    try:
        with transaction.atomic():
            row = FirmConsent.objects.create(
                firm_id=firm_id,
                number=number + 1,
                is_given=is_given,
                is_on_paper=is_on_paper,
                text_version=CONSENT_VERSION,
                name_typed=name_typed.strip(),
                given_on=given_on,
                recorded_by=acting_user,
                recorded_at=at,
            )
    except IntegrityError as error:
        raise ConflictError("the firm has spoken meanwhile: look again") from error
    record_change(
        acting_user=acting_user,
        at=at,
        action="record_consent",
        of=("firm", firm_id),
        change=(
            {"is_given": bool(last and last.is_given)},
            {
                "is_given": is_given,
                "is_on_paper": is_on_paper,
                "name_typed": row.name_typed,
                "text_version": CONSENT_VERSION,
            },
        ),
    )
    return row


@transaction.atomic
def leave_firm(*, user_id: int, acting_user: Viewer, at: int) -> User:
    """Note that somebody left one's own firm: they come in no longer.

    What they earned stays theirs and stays on the books. Raises NotVisibleError for
    somebody of another firm, NotAllowedError also for oneself.
    """
    require_act(acting_user, "leave_firm")
    user = User.objects.filter(pk=user_id).first()
    if user is None or firm_of(user) != acting_user.firm_id:
        raise NotVisibleError("nobody of this firm")
    store_activity(
        user=user, is_active=False, acting_user=acting_user, at=at, action="leave_firm"
    )
    return user


def firm_of(user: User) -> str:
    """Return the firm that a payee's or an owner's user belongs to, else nothing."""
    if user.role == Role.FIRM_OWNER:
        return user.firm_id
    if user.role != Role.PAYEE:
        return ""
    rows = PayeeName.objects.filter(payee_id=user.payee_id)
    return rows.values_list("firm_id", flat=True).first() or ""


def _refuse_wrong_consent(
    firm_id: str,
    name_typed: str,
    given_on: dt.date,
    *,
    is_given: bool,
    at: int,
    last: FirmConsent | None,
) -> None:
    problems = []
    if not PayeeName.objects.filter(firm_id=firm_id).exists():
        raise NotVisibleError("no such firm")
    if not name_typed.strip():
        problems.append(Problem("name", "expected the name of whoever signs"))
    tomorrow = dt.datetime.fromtimestamp(at // 1_000_000, tz=dt.UTC).date()
    if given_on > tomorrow + dt.timedelta(days=1):
        problems.append(Problem("day", "this day has not come yet"))
    if is_given == bool(last and last.is_given):
        said = "has consented already" if is_given else "has not consented"
        problems.append(Problem("firm", f"it {said}"))
    if problems:
        raise ConsentError("nothing was recorded", problems)
