"""How does a tax form come in? Finance records each step; nothing is overwritten."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import attrs
from django.db import IntegrityError, transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import NotAllowedError, Viewer, require_act
from openspiff.web.models import TaxFormStep, TaxRuleConfirmation

from ._audit import record_change
from .conflict import ConflictError


class TaxFormError(OpenSpiffError):
    """A step that does not fit what is known of the form."""

    code: ClassVar[str] = "tax_form"


@attrs.frozen(kw_only=True)
class NewStep:
    """What became of a form: received, verified or rejected, on which day, with a note."""

    form: str
    step: str
    step_on: dt.date
    note: str = ""


def record_tax_form(
    *,
    payee_id: str,
    new: NewStep,
    after_number: int,
    acting_user: Viewer,
    at: int,
) -> TaxFormStep:
    """Record that a payee's form was received, verified or sent back; never one's own.

    `after_number` is the number of the newest step that was seen (0: none). Raises
    NotAllowedError, TaxFormError with every problem, and ConflictError when somebody
    recorded a step meanwhile.
    """
    require_act(acting_user, "record_tax_form")
    if acting_user.payee_id == payee_id:
        raise NotAllowedError("nobody checks their own tax form")
    before = TaxFormStep.objects.filter(payee_id=payee_id, number=after_number).first()
    _refuse(before, after_number, new)
    try:
        with transaction.atomic():
            row = TaxFormStep.objects.create(
                payee_id=payee_id,
                number=after_number + 1,
                form=new.form,
                step=new.step,
                step_on=new.step_on,
                note=new.note.strip(),
                recorded_at=at,
                recorded_by=acting_user,
            )
            record_change(
                acting_user=acting_user,
                at=at,
                action="record_tax_form",
                of=("tax_form", payee_id),
                change=(_seen(before), _seen(row)),
            )
    except IntegrityError as error:
        message = "somebody else recorded a step meanwhile: look again"
        raise ConflictError(message) from error
    return row


@transaction.atomic
def confirm_tax_rules(
    *, digest: str, rules: tuple[dict[str, str], ...], acting_user: Viewer, at: int
) -> TaxRuleConfirmation:
    """Record that a person stands for the tax rules as they are set.

    `digest` is that of the rules as they were shown. Who comes second gets the first
    answer. Raises NotAllowedError.
    """
    require_act(acting_user, "confirm_tax_rules")
    row, is_new = TaxRuleConfirmation.objects.get_or_create(
        digest=digest,
        defaults={
            "rules": list(rules),
            "confirmed_at": at,
            "confirmed_by": acting_user,
        },
    )
    if is_new:
        record_change(
            acting_user=acting_user,
            at=at,
            action="confirm_tax_rules",
            of=("tax_rules", digest[:12]),
            change=(None, {"digest": digest}),
        )
    return row


def _refuse(before: TaxFormStep | None, after_number: int, new: NewStep) -> None:
    if after_number and before is None:
        message = f"there is no step {after_number}: look again"
        raise ConflictError(message)
    problems = []
    if new.step not in TaxFormStep.STEPS:
        remedy = f"one of {', '.join(TaxFormStep.STEPS)}"
        problems.append(Problem("step", f"{new.step!r} is no step", remedy))
    if new.step == "rejected" and not new.note.strip():
        problems.append(Problem("note", "a form that is sent back says why"))
    is_here = before is not None and before.form == new.form and before.step == "received"
    if new.step == "verified" and not is_here:
        problems.append(
            Problem("step", "only a form that was received is verified", "receive it first")
        )
    if problems:
        raise TaxFormError("the step cannot be recorded", problems)


def _seen(row: TaxFormStep | None) -> dict[str, str] | None:
    if row is None:
        return None
    return {"form": row.form, "step": row.step, "step_on": row.step_on.isoformat()}
