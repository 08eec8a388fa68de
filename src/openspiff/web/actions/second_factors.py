"""What does somebody show beside the password? A code of an app, a passkey, a spare code.

The records and the arithmetic are allauth's; what is added here: secrets are sealed, a code
counts once on all processes together, spare codes are kept as digests only, and everything
is on record.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import NotAllowedError, NotVisibleError, Viewer, require_act
from openspiff.web.models import Door, User

from ._audit import record_change
from ._sealed import seal, unseal
from .conflict import ConflictError
from .sessions import drop_sessions
from .sign_in import SignInRefusedError
from .tries import Visitor, note_refusal, refuse_guessing

_TOTP: Final = Authenticator.Type.TOTP
_CODES: Final = Authenticator.Type.RECOVERY_CODES
_PASSKEY: Final = Authenticator.Type.WEBAUTHN
_PERIOD_SECONDS: Final = 30
# What a browser may send in place of a credential: allauth trips over each of these.
_NO_CREDENTIAL: Final = (
    ValidationError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
)


class FactorError(OpenSpiffError):
    """A second factor that cannot be added like this."""

    code: ClassVar[str] = "second_factor"


@transaction.atomic
def add_app(*, secret: str, code: str, nonce: bytes, acting_user: Viewer, at: int) -> None:
    """Let an authenticator app count for oneself, once it has shown a code of `secret`.

    `nonce` is 12 fresh random bytes. Raises FactorError for a wrong code and ConflictError
    when there is an app already.
    """
    require_act(acting_user, "change_own_entry")
    counter = _counter_of(secret, code, at=at, after=0)
    if counter is None:
        remedy = "wait for the next code, and see that the clock of the phone is right"
        raise FactorError(
            "the app was not added", [Problem("code", "a wrong code", remedy)]
        )
    sealed = seal(secret, place=_place(acting_user), nonce=nonce)
    data = {"secret": sealed, "last_counter": counter}
    _add(acting_user, _TOTP, data, at=at)


@transaction.atomic
def add_passkey(*, credential: Any, name: str, acting_user: Viewer, at: int) -> None:
    """Let a passkey count for oneself: beside the password, and in place of it.

    `credential` is what the browser made of the options in the session. Raises FactorError
    when it does not fit them.
    """
    require_act(acting_user, "change_own_entry")
    problem = Problem("passkey", "the browser's answer does not fit", "try once more")
    try:
        webauthn.parse_registration_response(credential)
        is_verified = webauthn.complete_registration(credential).is_user_verified()
    except _NO_CREDENTIAL as error:
        raise FactorError("the passkey was not added", [problem]) from error
    if not is_verified:
        raise FactorError("the passkey was not added", [problem])
    data = {"name": name.strip()[:80] or "Passkey", "credential": credential}
    _add(acting_user, _PASSKEY, data, at=at)


@transaction.atomic
def renew_spare_codes(*, codes: Sequence[str], acting_user: Viewer, at: int) -> None:
    """Replace one's spare codes; the old ones no longer count.

    `codes` are random, made by the door and shown once. Raises FactorError for somebody
    who has no second factor that they could stand in for.
    """
    require_act(acting_user, "change_own_entry")
    found = list(_rows(acting_user).select_for_update())
    if not [one for one in found if one.type != _CODES]:
        problem = Problem("codes", "there is no app and no passkey yet")
        raise FactorError("spare codes stand in for a second factor", [problem])
    Authenticator.objects.filter(
        pk__in=[one.pk for one in found if one.type == _CODES]
    ).delete()
    digests = [_digest(acting_user, code) for code in codes]
    _add(acting_user, _CODES, {"digests": digests}, at=at)


@transaction.atomic
def remove_factor(*, factor_id: int, acting_user: Viewer, at: int) -> None:
    """Take away one of one's own second factors; spare codes go with the last one.

    Raises NotVisibleError when oneself has no such factor.
    """
    require_act(acting_user, "change_own_entry")
    rows = list(_rows(acting_user).select_for_update())
    gone = [one for one in rows if one.pk == factor_id and one.type != _CODES]
    if not gone:
        raise NotVisibleError("no such second factor")
    if not [one for one in rows if one.type != _CODES and one.pk != factor_id]:
        gone += [one for one in rows if one.type == _CODES]
    Authenticator.objects.filter(pk__in=[one.pk for one in gone]).delete()
    _record(acting_user, acting_user, "remove_second_factor", gone[0].type, at=at)


@transaction.atomic
def remove_factors_of(*, user: User, acting_user: Viewer, at: int) -> None:
    """Take away every second factor of somebody who lost theirs, and end their sessions.

    Raises NotAllowedError, also for oneself: then the own pages are the way.
    """
    require_act(acting_user, "remove_second_factors")
    if user.pk == acting_user.pk:
        raise NotAllowedError("nobody lifts their own second factor")
    if _rows(user).delete()[0] == 0:
        message = f"{user} has no second factor"
        raise ConflictError(message)
    drop_sessions(user=user)
    _record(user, acting_user, "remove_second_factors", "all", at=at)


def code_fits(
    *, user: User, code: str, is_confirmation: bool, visitor: Visitor, at: int
) -> str:
    """Return by which factor `code` counts for `user`, and let it count no more.

    A confirmation counts its own refusals. Raises TooManyTriesError or SignInRefusedError.
    """
    door = Door.CONFIRMATION if is_confirmation else Door.SECOND_FACTOR
    refuse_guessing(door=door, username=user.username, visitor=visitor, at=at)
    way = _use_code(user, "".join(code.split()).replace("-", ""), at=at)
    if way is None:
        note_refusal(door=door, username=user.username, visitor=visitor, at=at)
        raise SignInRefusedError("this code does not fit, or was used already")
    return way


def passkey_fits(*, user: User | None, credential: Any, visitor: Visitor, at: int) -> User:
    """Return whose passkey answered the question in the session; None asks anybody's.

    A passkey cannot be guessed, so only strangers are counted, by their address. Raises
    TooManyTriesError or SignInRefusedError.
    """
    name = "" if user is None else user.username
    if user is None:
        refuse_guessing(door=Door.SIGN_IN, username=name, visitor=visitor, at=at)
    try:
        webauthn.parse_authentication_response(credential)
        found = webauthn.extract_user_from_response(credential) if user is None else user
        used = webauthn.complete_authentication(found, credential)
    except _NO_CREDENTIAL as error:
        note_refusal(door=Door.SIGN_IN, username=name, visitor=visitor, at=at)
        raise SignInRefusedError("this passkey does not fit") from error
    owner: User = used.user
    if not owner.is_active:
        raise SignInRefusedError("this passkey does not fit")
    Authenticator.objects.filter(pk=used.pk).update(last_used_at=_moment(at))
    return owner


@transaction.atomic
def _use_code(user: User, code: str, *, at: int) -> str | None:
    rows = _rows(user).select_for_update().filter(type__in=[_TOTP, _CODES])
    for row in rows:
        data = row.data
        if row.type == _TOTP:
            secret = unseal(data["secret"], place=_place(user))
            counter = _counter_of(secret, code, at=at, after=data["last_counter"])
            if counter is None:
                continue
            data["last_counter"] = counter
        else:
            digest = _digest(user, code)
            left = [
                one for one in data["digests"] if not constant_time_compare(one, digest)
            ]
            if len(left) == len(data["digests"]):
                continue
            data["digests"] = left
        row.last_used_at = _moment(at)
        row.save(update_fields=["data", "last_used_at"])
        return str(row.type)
    return None


def _counter_of(secret: str, code: str, *, at: int, after: int) -> int | None:
    """Return the half minute of which `code` is, the one before and after `at` included.

    A half minute that counted already, or an earlier one, never counts again (RFC 6238,
    part 5.2).
    """
    now = at // 1_000_000 // _PERIOD_SECONDS
    for counter in (now - 1, now, now + 1):
        expected = format_hotp_value(hotp_value(secret, counter))
        if counter > after and compare_user_code(actual=code, expected=expected):
            return counter
    return None


def _rows(user: User) -> Any:
    return Authenticator.objects.filter(user_id=user.pk)


def _add(user: Viewer, kind: str, data: dict[str, Any], *, at: int) -> None:
    try:
        with transaction.atomic():
            Authenticator.objects.create(
                user=user, type=kind, data=data, created_at=_moment(at)
            )
    except IntegrityError as error:
        raise ConflictError("there is one already: look again") from error
    _record(user, user, "add_second_factor", kind, at=at)


def _record(user: User, acting_user: Viewer, action: str, kind: str, *, at: int) -> None:
    is_added = action.startswith("add")
    record_change(
        acting_user=acting_user,
        at=at,
        action=action,
        of=("user", user.username),
        change=(None, {"kind": kind}) if is_added else ({"kind": kind}, None),
    )


def _place(user: User) -> str:
    return f"mfa_authenticator.data.secret of user {user.pk}"


def _digest(user: User, code: str) -> str:
    return salted_hmac(
        "openspiff.spare", f"{user.pk} {code}", algorithm="sha256"
    ).hexdigest()


def _moment(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at // 1_000_000, tz=dt.UTC)
