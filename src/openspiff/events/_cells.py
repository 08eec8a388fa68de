"""What does one cell say? A value, or what is wrong with it and what would mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import attrs

from openspiff.events._mapping import MoneyRule, NameRule, Units
from openspiff.events._section import did_you_mean
from openspiff.money import MAX_MINOR, currency_exponent

_MEMORY: Final = 100_000
_MAX_TEXT: Final = 200
_MAX_DIGITS: Final = 30
_POINT_ZERO: Final = re.compile(r"[+-]?\d+\.0+", re.ASCII)
_SCIENTIFIC: Final = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+", re.ASCII)
_MADE_A_NUMBER: Final = re.compile(
    rf"^(?:{_POINT_ZERO.pattern}|{_SCIENTIFIC.pattern})$", re.ASCII | re.MULTILINE
)
_MAX_COUNT: Final = 10**9


@attrs.frozen
class Failure:
    """Why a cell says nothing that can be used."""

    reason: str
    remedy: str = ""


Reader = Callable[[str], Any]
"""Turns the text of a cell (stripped) into a value or a Failure; never raises."""


class Memo(dict[str, Any]):
    """Remembers what a reader made of a text; cells repeat, and this loop is the cost.

    `is_plain` tells of a whole column whether `read` would return each text as it stands.
    """

    def __init__(
        self, read: Reader, is_plain: Callable[[Sequence[str]], bool] | None = None
    ) -> None:
        """Remember for `read`."""
        super().__init__()
        self.read = read
        self.is_plain = is_plain
        self.has_failed = False

    def __missing__(self, text: str) -> Any:
        """Read a text not seen lately."""
        if len(self) >= _MEMORY:
            self.clear()
        value = self[text] = self.read(text)
        self.has_failed = self.has_failed or type(value) is Failure
        return value

    def all(self, texts: Sequence[str]) -> list[Any]:
        """Return the values of a column."""
        if self.is_plain is not None and self.is_plain(texts):
            return list(texts)
        return list(map(self.__getitem__, texts))


def read_text(text: str) -> str | Failure:
    """Return the text itself unless it is too long for a name, or cannot be printed."""
    if len(text) > _MAX_TEXT:
        return Failure(f"expected up to {_MAX_TEXT} characters, got {len(text)}")
    if not text.isprintable() and not text.replace("\xa0", " ").isprintable():
        return Failure("holds a line break or another character that cannot be printed")
    return text


def read_id(text: str) -> str | Failure:
    """Return an id; refuse what a spreadsheet made of one (12345.0, 1.2E+15)."""
    if _SCIENTIFIC.fullmatch(text):
        return Failure(
            "an id in scientific notation has lost digits",
            "export the column as text, not as a number",
        )
    if _POINT_ZERO.fullmatch(text):
        return Failure(
            "an id that ends in .0 was turned into a number on the way",
            "export the column as text; leading zeros may be lost too",
        )
    return read_text(text)


def are_ids(texts: Sequence[str]) -> bool:
    """Tell whether `read_id` returns every one of these texts; ids are seldom the same."""
    joined = "\n".join(texts)
    return (
        joined.count("\n") == len(texts) - 1
        and max(map(len, texts)) <= _MAX_TEXT
        and joined.replace("\n", "").isprintable()
        and _MADE_A_NUMBER.search(joined) is None
    )


def are_needed_ids(texts: Sequence[str]) -> bool:
    """Tell the same where none may be empty."""
    return all(texts) and are_ids(texts)


def named_reader(read: Reader, rule: NameRule, what: str) -> Reader:
    """Return a reader of names that knows their aliases, and which are refused."""

    def read_name(text: str) -> Any:
        if text in rule.refused:
            remedy = f"see {what}_names.refused of the mapping"
            return Failure(f"the mapping refuses this {what}", remedy)
        return read(rule.aliases.get(text, text))

    return read_name


def needed(read: Reader, what: str) -> Reader:
    """Return a reader that refuses empty cells."""

    def read_needed(text: str) -> Any:
        return read(text) if text else Failure(f"expected {what}, got an empty cell")

    return read_needed


def choice_reader(words: dict[str, str], what: str) -> Reader:
    """Return a reader of words (compared without case) that stand for a value."""

    def read_choice(text: str) -> str | Failure:
        found = words.get(text.casefold())
        if found is not None:
            return found
        return Failure(f"unknown {what} {text[:60]!r}", did_you_mean(text, words))

    return read_choice


def flag_reader(yes: Collection[str], no: Collection[str]) -> Reader:
    """Return a reader of yes and no; an empty cell is None."""

    def read_flag(text: str) -> bool | Failure | None:
        word = text.casefold()
        if not word:
            return None
        if word in yes or word in no:
            return word in yes
        listed = ", ".join(sorted([*yes, *no]))
        return Failure("expected a yes or a no", f"words.yes and words.no know: {listed}")

    return read_flag


def _pattern(rule: MoneyRule) -> re.Pattern[str]:
    decimal, thousands = re.escape(rule.decimal), re.escape(rule.thousands)
    whole = rf"\d{{1,3}}(?:{thousands}\d{{3}})+|\d+" if thousands else r"\d+"
    text = rf"(?P<sign>[+-]?)(?P<whole>{whole})(?:{decimal}(?P<part>\d+))?"
    return re.compile(text, re.ASCII)  # digits of other scripts are not read as numbers


def _bare(text: str, rule: MoneyRule) -> tuple[str, bool]:
    """Return the text without currency signs and parentheses, and whether negative."""
    is_negative = rule.has_parentheses and text.startswith("(") and text.endswith(")")
    bare = text[1:-1].strip() if is_negative else text
    head, bare = (bare[0], bare[1:].strip()) if bare[:1] in ("-", "+") else ("", bare)
    for sign in rule.signs:
        bare = bare.removeprefix(sign).removesuffix(sign).strip()
    return head + bare.replace("\xa0", " ").replace("\u202f", " "), is_negative


def _remedy(text: str, rule: MoneyRule) -> str:
    marks = [one for one in text if one in ".,"]
    if marks and rule.decimal not in marks[-1:]:
        if len(marks) > 1 or rule.thousands == "":
            other = "." if marks[-1] == "," else ","
            return (
                f'if {marks[-1]!r} is the decimal mark, say money.decimal = "{marks[-1]}"'
                f' and money.thousands = "{other}"'
            )
    elif len(marks) > 1:
        return f'if {marks[0]!r} parts thousands, say money.thousands = "{marks[0]}"'
    if text.startswith("("):
        return "say money.parentheses = true if this means a negative amount"
    if re.search(r"[^\d.,\s+()-]", text) and re.search(r"\d", text):
        return "name a currency sign in money.signs"
    return ""


def number_reader(rule: MoneyRule) -> Reader:
    """Return a reader of exact numbers as Decimal; never a float, never NaN."""
    pattern = _pattern(rule)

    def read_number(text: str) -> Decimal | Failure:
        found = pattern.fullmatch(text)
        is_negative = False
        if found is None:
            bare, is_negative = _bare(text, rule)
            found = pattern.fullmatch(bare)
        if found is None:
            return Failure("expected a number", _remedy(text, rule))
        sign, whole, part = found["sign"], found["whole"], found["part"] or "0"
        if rule.thousands:
            whole = whole.replace(rule.thousands, "")
        if len(whole) + len(part) > _MAX_DIGITS or (is_negative and sign):
            return Failure("expected a number of up to 30 digits")
        return Decimal(f"{'-' if is_negative else sign}{whole}.{part}")

    return read_number


def share_number(text: str, read: Reader) -> Fraction | Failure:
    """Return a share, with or without a percent sign, as an exact number."""
    value = read(text.removesuffix("%").strip())
    if isinstance(value, Failure):
        return value
    return Failure("expected a share above zero") if value <= 0 else Fraction(value)


def count_reader(rule: MoneyRule) -> Reader:
    """Return a reader of whole numbers of zero or more; an empty cell is None."""
    read = number_reader(rule)

    def read_count(text: str) -> int | Failure | None:
        if not text:
            return None
        value = read(text)
        if isinstance(value, Failure):
            return value
        if value != value.to_integral_value() or not 0 <= value <= _MAX_COUNT:
            return Failure("expected a whole number of zero or more")
        return int(value)

    return read_count


def money_reader(rule: MoneyRule, currency: str, *, may_be_negative: bool) -> Reader:
    """Return a reader of amounts as minor units of `currency`; an empty cell is None."""
    read = number_reader(rule)
    exponent = 0 if rule.units is Units.MINOR else currency_exponent(currency)
    unit = "minor units" if rule.units is Units.MINOR else "decimal places"

    def read_money(text: str) -> int | Failure | None:
        if not text:
            return None
        value = read(text)
        if isinstance(value, Failure):
            return value
        minor = value.scaleb(exponent)
        if minor != minor.to_integral_value():
            reason = f"{currency} has {currency_exponent(currency)} decimal places"
            if unit == "minor units":
                reason = "expected whole minor units"
            return Failure(reason, "round it where it comes from")
        return checked_minor(int(minor), may_be_negative=may_be_negative)

    return read_money


def checked_minor(minor: int, *, may_be_negative: bool) -> int | Failure:
    """Return an amount, or why it is refused."""
    if minor < 0 and not may_be_negative:
        remedy = "a cancelled or reduced event is told by its status or a new amount"
        return Failure("expected an amount of zero or more", remedy)
    if abs(minor) > MAX_MINOR:
        return Failure(f"expected at most {MAX_MINOR} minor units")
    return minor
