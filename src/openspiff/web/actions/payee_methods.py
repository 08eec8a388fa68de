"""How does a payee say where to be paid? Checked, sealed, and never overwritten."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from openspiff.errors import Problem
from openspiff.ledger import BankAccount
from openspiff.web.access import NotAllowedError, Viewer, require_act
from openspiff.web.models import (
    PayoutKey,
    PayoutKeyError,
    PayoutMethod,
    payout_key,
    row_of,
)

from ._audit import record_change
from .conflict import ConflictError
from .notices import notify_of_account


def set_payout_method(
    *,
    payee_id: str,
    account: BankAccount,
    after_number: int,
    nonce: bytes,
    acting_user: Viewer,
    at: int,
) -> PayoutMethod:
    """Add the account that `payee_id` is paid to from now on; only payees set their own.

    `after_number` is the number of the method that the payee saw in force (0: none),
    `nonce` 12 bytes of chance that are used once. Raises NotAllowedError, PayoutKeyError,
    and ConflictError when another method was set meanwhile.
    """
    require_act(acting_user, "set_payout_method")
    if acting_user.payee_id != payee_id:
        raise NotAllowedError("payees set their own account, nobody else does")
    key = payout_key()
    _refuse_another_key(key)
    number = after_number + 1
    before = PayoutMethod.objects.filter(payee_id=payee_id, number=after_number).first()
    if after_number and before is None:
        message = f"{payee_id} has no method {after_number}: look again"
        raise ConflictError(message)
    numbers = {"number": account.number, "routing": account.routing}
    try:
        with transaction.atomic():
            row = PayoutMethod.objects.create(
                payee_id=payee_id,
                number=number,
                kind=account.kind,
                country=account.country,
                holder=account.holder,
                masked=account.masked,
                sealed=key.seal(numbers, nonce=nonce, row=row_of(payee_id, number)),
                nonce=nonce.hex(),
                key_mark=key.mark,
                same_as=key.same_as(f"{account.kind} {account.routing} {account.number}"),
                set_at=at,
                set_by=acting_user,
            )
            record_change(
                acting_user=acting_user,
                at=at,
                action="set_payout_method",
                of=("payout_method", payee_id),
                # Never the numbers: the history is read by more people than may pay.
                change=(_seen(before), _seen(row)),
            )
            notify_of_account(row, at=at)
    except IntegrityError as error:
        message = "another account was set meanwhile: look again"
        raise ConflictError(message) from error
    return row


def _refuse_another_key(key: PayoutKey) -> None:
    newest = PayoutMethod.objects.order_by("-pk").values_list("key_mark", flat=True).first()
    if newest not in {None, key.mark}:
        problem = Problem("payout.key", "the accounts are sealed with another key")
        raise PayoutKeyError("the key of the payout accounts is not theirs", [problem])


def _seen(row: PayoutMethod | None) -> dict[str, str | int] | None:
    if row is None:
        return None
    return {"number": row.number, "country": row.country, "masked": row.masked}
