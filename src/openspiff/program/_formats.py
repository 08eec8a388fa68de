"""How is one value written in a program file, and how is it read back?"""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import re
import unicodedata
import zoneinfo
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NoReturn

import attrs

from openspiff.money import MAX_MINOR, PPM, MoneyError, currency_exponent, to_minor

Path = tuple[str | int, ...]
"""Where a value stands: keys of tables, positions in lists."""

MAX_COUNT: Final = 10**9
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 2200
_LONGEST_TEXT: Final = 200
_SHOWN: Final = 40
_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_DIGITS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_PLAIN: Final = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?", re.ASCII)


@attrs.frozen
class Flaw:
    """One thing wrong inside a value: where in it, what, and what would mend it."""

    path: Path
    message: str
    remedy: str = ""


class FlawsError(Exception):
    """A value that cannot be read, with every flaw found in it."""

    def __init__(self, flaws: Iterable[Flaw]) -> None:
        """Keep the flaws in the order found."""
        super().__init__("flaws")
        self.flaws = tuple(flaws)

    def within(self, key: str | int) -> list[Flaw]:
        """Return the flaws as seen from the table or list that holds the value."""
        return [attrs.evolve(flaw, path=(key, *flaw.path)) for flaw in self.flaws]


@attrs.frozen(kw_only=True)
class Context:
    """What a value must know of the whole: its program, and what is written for whom.

    `currency` is None where it could not be read. In JSON days are texts; sorted lists and
    no defaults make one spelling of the same terms.
    """

    currency: str | None
    is_draw: bool = False
    is_json: bool = False
    is_sorted: bool = False
    has_defaults: bool = False


@attrs.frozen(kw_only=True)
class Format:
    """A way to write a value: a sentence and an example for people, and both directions."""

    expected: str
    example: str
    read: Callable[[Any, Context], Any]
    write: Callable[[Any, Context], Any] = lambda value, _: value


def shown(value: object) -> str:
    """Return a value as a message quotes it: TOML spelling, shortened."""
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, bool):
        return str(value).lower()
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # Python writes no number of more than 4300 digits
        return "a very large number"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "..."


def near_miss(word: str, options: Iterable[str], *, otherwise: str = "") -> str:
    """Return `did you mean ...?` for the nearest option, else the sentence given."""
    by_folded = {option.casefold(): option for option in sorted(options, reverse=True)}
    near = difflib.get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return f"did you mean {by_folded[near[0]]!r}?" if near else otherwise


def refuse(message: str, remedy: str = "") -> NoReturn:
    """Raise the error for one flaw of the value itself."""
    raise FlawsError([Flaw((), message, remedy)])


def _refuse(expected: str, value: object, remedy: str) -> NoReturn:
    refuse(f"expected {expected}, got {shown(value)}", remedy)


def _plain_text(value: object, expected: str, remedy: str) -> str:
    if not isinstance(value, str) or not value.strip():
        _refuse(expected, value, remedy)
    if value != value.strip():
        refuse(f"spaces before or after {shown(value.strip())}", "remove them")
    if len(value) > _LONGEST_TEXT:
        refuse(f"expected at most {_LONGEST_TEXT} characters, got {len(value)}")
    if any(unicodedata.category(sign)[0] in "CZ" and sign != " " for sign in value):
        refuse(f"a control character in {shown(value)}", "type it again")
    return value


def text(example: str) -> Format:
    """Return the format of one line of text."""
    expected = "a text"

    def read(value: object, _: Context) -> str:
        return _plain_text(value, expected, f"for example {example}")

    return Format(expected=expected, example=example, read=read)


def texts(example: str) -> Format:
    """Return the format of a list of different texts; the model holds a tuple."""
    expected = "a list of texts"
    one = text(example.strip("[]").split(",", maxsplit=1)[0])

    def read(value: object, context: Context) -> tuple[str, ...]:
        if not isinstance(value, list):
            _refuse(expected, value, f"write {example}")
        flaws: list[Flaw] = []
        found: dict[str, None] = {}
        for position, item in enumerate(value):
            try:
                name = one.read(item, context)
            except FlawsError as error:
                flaws += error.within(position)
                continue
            if name in found:
                message = f"{shown(item)} stands here twice"
                flaws.append(Flaw((position,), message, "remove one"))
            found[name] = None
        if flaws:
            raise FlawsError(flaws)
        return tuple(found)

    def write(value: tuple[str, ...], context: Context) -> list[str]:
        return sorted(value) if context.is_sorted else list(value)

    return Format(expected=expected, example=example, read=read, write=write)


def mapping(to: Format, example: str) -> Format:
    """Return the format of a table whose keys are free texts."""
    expected = f"a table from names to {to.expected.split(' ', 1)[1]}"
    name = text("GTX")

    def read(value: object, context: Context) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            _refuse(expected, value, f"write {example}")
        flaws: list[Flaw] = []
        found: dict[str, Any] = {}
        for key, item in value.items():
            try:
                found[name.read(key, context)] = to.read(item, context)
            except FlawsError as error:
                flaws += error.within(key)
        if flaws:
            raise FlawsError(flaws)
        return found

    def write(value: Mapping[str, Any], context: Context) -> dict[str, Any]:
        return {key: to.write(item, context) for key, item in sorted(value.items())}

    return Format(expected=expected, example=example, read=read, write=write)


def word(options: type[StrEnum]) -> Format:
    """Return the format of one word out of a closed list."""
    words = [option.value for option in options]
    expected = f"one of {', '.join(words)}"

    def read(value: object, _: Context) -> StrEnum:
        if isinstance(value, str) and value in words:
            return options(value)
        near = near_miss(value, words) if isinstance(value, str) else ""
        _refuse(expected, value, near or f'write one of them in quotes: "{words[0]}"')

    def write(value: StrEnum, _: Context) -> str:
        return value.value

    return Format(expected=expected, example=f'"{words[0]}"', read=read, write=write)


def yes_no() -> Format:
    """Return the format of a yes or no."""
    expected = "true or false"

    def read(value: object, _: Context) -> bool:
        if not isinstance(value, bool):
            _refuse(expected, value, "write true or false without quotes")
        return value

    return Format(expected=expected, example="true", read=read)


def amount(*, at_least: int = 1) -> Format:
    """Return the format of an amount: major units in the file, minor units in the model."""
    floor = "above zero" if at_least else "of zero or more"
    expected = f"an amount {floor}"
    remedy = 'write major units without sign or separators, for example "1250.00" or 1250'

    def read(value: Any, context: Context) -> int:
        is_plain = isinstance(value, str) and _PLAIN.fullmatch(value)
        if isinstance(value, float):
            _refuse(expected, value, f'put it in quotes: "{value:.2f}"')
        if isinstance(value, bool) or not (is_plain or isinstance(value, int)):
            _refuse(expected, value, remedy)
        if abs(Decimal(value)) > MAX_MINOR:
            refuse(f"{shown(value)} is more than can be kept", remedy)
        if context.currency is None:
            return at_least
        try:
            minor = to_minor(value, context.currency)
        except MoneyError as error:
            places = currency_exponent(context.currency)
            refuse(error.message, f"round it to {places} decimal places")
        if minor < at_least:
            _refuse(expected, value, remedy)
        return minor

    def write(value: int, context: Context) -> str:
        places = currency_exponent(context.currency or "")
        return f"{Decimal(value).scaleb(-places):.{places}f}"

    return Format(expected=expected, example='"1250.00"', read=read, write=write)


def rate(mark: str, *, at_least: int = 0, at_most: int | None = None) -> Format:
    """Return the format of a rate: "5%" or "3x" in the file, millionths in the model."""
    unit, example = (PPM // 100, '"5%"') if mark == "%" else (PPM, '"3x"')
    kind = "a percentage" if mark == "%" else "a multiple"
    expected = f"{kind} such as {example}"

    def read(value: object, _: Context) -> int:
        if not isinstance(value, str) or not value.endswith(mark):
            _refuse(expected, value, f"write it in quotes with its sign, {example}")
        number = value.removesuffix(mark).rstrip()
        if not _PLAIN.fullmatch(number):
            _refuse(expected, value, f"for example {example}")
        exact = Decimal(number) * unit
        if exact != exact.to_integral_value():
            refuse(f"{value} has too many decimals", "round it to millionths")
        ppm = int(exact)
        if ppm < at_least or ppm > (MAX_COUNT * PPM if at_most is None else at_most):
            limit = f"{at_least / unit:g}{mark}"
            span = f"{limit} or more" if ppm < at_least else "less"
            if at_most is not None and ppm > at_most:
                span = f"at most {at_most / unit:g}{mark}"
            refuse(f"expected {kind} of {span}, got {value}")
        return ppm

    def write(value: int, _: Context) -> str:
        return f"{(Decimal(value) / unit).normalize():f}{mark}"

    return Format(expected=expected, example=example, read=read, write=write)


def count(
    unit: str, *, at_least: int = 0, at_most: int = MAX_COUNT, larger: str = "", of: int = 1
) -> Format:
    """Return the format of a whole number of `unit`: 36, "36 months" or "3 years".

    `larger` is the name of a larger unit and `of` how many units it has.
    """
    example = f'"{max(at_least, of, 1)} {unit}"' if larger else str(max(at_least, 1))
    expected = f"a whole number of {unit}" if unit else "a whole number"
    sizes = {unit: 1, unit.removesuffix("s"): 1}
    if larger:
        sizes |= {larger: of, larger.removesuffix("s"): of}

    def read(value: object, _: Context) -> int:
        found = value
        if isinstance(value, str):
            number, _space, name = value.partition(" ")
            if _DIGITS.fullmatch(number) and name in sizes:
                found = int(number) * sizes[name]
        if isinstance(found, bool) or not isinstance(found, int):
            _refuse(expected, value, f"for example {example}")
        if not at_least <= found <= at_most:
            limit = f"at least {at_least}" if found < at_least else f"at most {at_most}"
            refuse(f"expected {limit} {unit}".rstrip() + f", got {shown(value)}")
        return found

    return Format(expected=expected, example=example, read=read)


def day() -> Format:
    """Return the format of a local day: a TOML date, or its text in JSON."""
    expected = "a day such as 2026-01-31"

    def read(value: object, context: Context) -> dt.date:
        found = value
        if isinstance(value, str):
            try:
                found = dt.date.fromisoformat(value)
            except ValueError:
                _refuse(expected, value, "write year-month-day, no quotes")
            if not context.is_json:
                _refuse(expected, value, f"remove the quotes: {found}")
        if isinstance(found, dt.datetime):
            _refuse(expected, value, f"leave the time away: {found.date()}")
        if not isinstance(found, dt.date):
            _refuse(expected, value, "write year-month-day, no quotes")
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            refuse(f"expected a year of {_FIRST_YEAR} to {_LAST_YEAR}, got {found}")
        return found

    def write(value: dt.date, context: Context) -> dt.date | str:
        return value.isoformat() if context.is_json else value

    return Format(expected=expected, example="2026-01-31", read=read, write=write)


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def zone() -> Format:
    """Return the format of an IANA zone."""
    expected = "an IANA zone such as America/New_York"

    def read(value: object, _: Context) -> str:
        if isinstance(value, str) and value in _zones():
            return value
        near = near_miss(str(value), _zones()) if isinstance(value, str) else ""
        _refuse(expected, value, near or 'for example "Europe/Berlin" or "UTC"')

    return Format(expected=expected, example='"America/New_York"', read=read)


def currency() -> Format:
    """Return the format of a currency."""
    expected = "a currency code of three capital letters"

    def read(value: object, _: Context) -> str:
        try:
            currency_exponent(value if isinstance(value, str) else "")
        except MoneyError:
            _refuse(expected, value, 'for example "USD"')
        return str(value)

    return Format(expected=expected, example='"USD"', read=read)


def slug() -> Format:
    """Return the format of a name that can stand in an address."""
    expected = "lower-case letters, digits and hyphens"

    def read(value: object, _: Context) -> str:
        if not isinstance(value, str) or not _SLUG.fullmatch(value):
            words = value.lower() if isinstance(value, str) else ""
            near = re.sub(r"[^a-z0-9]+", "-", words).strip("-")
            _refuse(expected, value, f'for example "{near or "q2-sprint"}"')
        return _plain_text(value, expected, "")

    return Format(expected=expected, example='"gtx-pro-sprint"', read=read)
