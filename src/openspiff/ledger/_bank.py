"""Can this account be paid? Its numbers are checked before anything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final, Literal

import attrs

from openspiff.errors import OpenSpiffError, Problem

AccountKind = Literal["iban", "us"]

_COUNTRIES: Final[Mapping[int, str]] = {
    15: "NO",
    16: "BE",
    18: "DK FI FK FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    32: "LC",
    33: "RU",
}
"""Length of an IBAN -> the countries whose IBANs have it (SWIFT registry, release 99)."""

_LENGTHS: Final[Mapping[str, int]] = {
    country: length for length, named in _COUNTRIES.items() for country in named.split()
}
_ROUTING_DIGITS: Final = 9
_ROUTING_WEIGHTS: Final = (3, 7, 1) * 3
# First two digits that a routing number may have (ABA routing number policy, 2020).
_ROUTING_STARTS: Final = frozenset({*range(1, 13), *range(21, 33), *range(61, 73), 80})
_ACCOUNT_DIGITS: Final = range(4, 18)
_HOLDER_LETTERS: Final = 70
_SHOWN: Final = 4


class BankAccountError(OpenSpiffError):
    """An account that no bank would take."""

    code: ClassVar[str] = "bank_account"


@attrs.frozen(kw_only=True)
class BankAccount:
    """An account that passed every check; its numbers are left out when it is printed."""

    kind: AccountKind
    country: str
    holder: str
    number: str = attrs.field(repr=False)
    """The IBAN, or the account number of a bank in the United States."""

    routing: str = attrs.field(default="", repr=False)

    @property
    def masked(self) -> str:
        """The account as pages show it: never more than the last four digits."""
        start = f"{self.country} " if self.kind == "iban" else ""
        return f"{start}···· {self.number[-_SHOWN:]}"


def iban_account(*, holder: str, iban: str) -> BankAccount:
    """Return the account of an IBAN, written with or without spaces.

    Raises BankAccountError with every problem: unknown country, wrong length, wrong check
    digits (ISO 13616, mod 97), a holder that no bank file can carry.
    """
    number = _joined(iban).upper()
    problems = [*_holder_problems(holder), *_iban_problems(number)]
    _refuse(problems)
    return BankAccount(
        kind="iban", country=number[:2], holder=holder.strip(), number=number
    )


def us_account(*, holder: str, routing: str, account: str) -> BankAccount:
    """Return the account of a bank in the United States.

    Raises BankAccountError with every problem: a routing number without nine digits, with
    an unused beginning or a wrong check digit, an account number that is not of 4 to 17
    digits, a holder that no bank file can carry.
    """
    routing, account = _joined(routing), _joined(account)
    problems = [*_holder_problems(holder), *_routing_problems(routing)]
    if not _are_digits(account) or len(account) not in _ACCOUNT_DIGITS:
        message = f"expected 4 to 17 digits, got {len(account)} characters"
        problems.append(Problem("account", message, "as it stands on a check"))
    _refuse(problems)
    return BankAccount(
        kind="us", country="US", holder=holder.strip(), number=account, routing=routing
    )


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise BankAccountError("this account cannot be paid", problems)


def _joined(text: str) -> str:
    return "".join(text.split()).replace("-", "")


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _holder_problems(holder: str) -> list[Problem]:
    name = holder.strip()
    if not name or len(name) > _HOLDER_LETTERS or not name.isprintable():
        message = f"expected a name of 1 to {_HOLDER_LETTERS} letters"
        return [Problem("holder", message, "as the bank knows it")]
    return []


def _iban_problems(number: str) -> list[Problem]:
    remedy = "copy it from the bank's statement"
    if not number.isascii() or not number.isalnum():
        return [Problem("iban", "expected letters and digits", remedy)]
    length = _LENGTHS.get(number[:2])
    if length is None:
        return [Problem("iban", f"no country {number[:2]!r} has an IBAN", remedy)]
    if len(number) != length:
        message = f"expected {length} characters for {number[:2]}, got {len(number)}"
        return [Problem("iban", message, remedy)]
    turned = number[4:] + number[:4]
    value = int("".join(str(int(letter, 36)) for letter in turned))
    if not _are_digits(number[2:4]) or value % 97 != 1:
        return [Problem("iban", "the check digits do not fit", remedy)]
    return []


def _routing_problems(routing: str) -> list[Problem]:
    remedy = "the first nine digits at the foot of a check"
    if not _are_digits(routing) or len(routing) != _ROUTING_DIGITS:
        message = f"expected {_ROUTING_DIGITS} digits, got {len(routing)} characters"
        return [Problem("routing", message, remedy)]
    if int(routing[:2]) not in _ROUTING_STARTS:
        return [Problem("routing", f"no bank's begins with {routing[:2]}", remedy)]
    weighed = zip(routing, _ROUTING_WEIGHTS, strict=True)
    if sum(int(digit) * weight for digit, weight in weighed) % 10:
        return [Problem("routing", "the check digit does not fit", remedy)]
    return []
