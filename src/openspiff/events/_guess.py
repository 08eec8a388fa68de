"""Which column is what? A guess from its name, from other spellings, and from its cells."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final, TypeVar

import attrs

from openspiff.events._cells import Failure, Reader, number_reader
from openspiff.events._list_mapping import LIST_FIELDS
from openspiff.events._look import Look
from openspiff.events._mapping import DateRule, MoneyRule
from openspiff.events._moments import MomentReader
from openspiff.events._shape import STATUSES
from openspiff.events._spellings import (
    DATE_FORMATS,
    MONEY_WAYS,
    SIGNS,
    SPELLINGS,
    STATUS_SPELLINGS,
)

EVENT_FIELDS: Final = (
    *("event_id", "payee", "occurred_at", "amount", "status", "product_id", "customer_id"),
    *("firm_id", "quantity", "currency", "margin", "mrr", "term_months", "kind"),
    *("recorded_at", "revision", "revenue_type", "is_new_customer", "is_government"),
    "subject_id",
)
"""What a column of events may say, in the order in which a person decides it."""

_DATES: Final = frozenset({"occurred_at", "recorded_at", "from", "before", "until"})
_NUMBERS: Final = frozenset({"amount", "margin", "mrr", "quantity", "term_months", "rate"})
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_EXACT: Final = 100
_WITHIN: Final = 40
_LEAST: Final = 30
_FEW_WORDS: Final = 30
_TRIED: Final = 300
_SHOWN: Final = 3
_MOST: Final = 0.7

Key = TypeVar("Key")


@attrs.frozen(kw_only=True)
class Guess:
    """What the columns seem to say; everything is for a person to change.

    `columns` goes from fields to columns; `date_formats` and `money_ways` hold every way in
    which all samples can be read, the likeliest first (several formats parted by `|` where
    the columns differ); `statuses` goes from the words of
    the status column to statuses ("" where nobody can tell).
    """

    columns: Mapping[str, str]
    date_formats: tuple[str, ...] = ()
    money_ways: tuple[tuple[str, str], ...] = ()
    signs: tuple[str, ...] = ()
    has_parentheses: bool = False
    currency: str = ""
    statuses: Mapping[str, str] = attrs.field(factory=dict)


def samples_of(look: Look, column: str) -> list[str]:
    """Return a few different texts of a column, as they stand in the file."""
    return list(dict.fromkeys(look.column(column)))[:_SHOWN]


def words_of_column(look: Look, column: str) -> list[str]:
    """Return the different words of a column, most frequent first; [] where too many."""
    found = [word for word, _ in Counter(look.column(column)).most_common()]
    return found if len(found) <= _FEW_WORDS else []


def guess_columns(look: Look, *, makes: str) -> Guess:
    """Guess what each column says; `makes` is "events" or a key of LIST_FIELDS."""
    fields = EVENT_FIELDS if makes == "events" else LIST_FIELDS[makes]
    columns = _assigned(look, fields)
    dates = [
        date_formats_of(look.column(columns[field])[:_TRIED])
        for field in fields
        if field in _DATES & columns.keys()
    ]
    amounts = [
        text
        for field in _NUMBERS & columns.keys()
        for text in look.column(columns[field])[:_TRIED]
    ]
    signs = tuple(one for one in SIGNS if any(one in text for text in amounts))
    has_parentheses = any(text.startswith("(") for text in amounts)
    return Guess(
        columns=columns,
        date_formats=_together(dates),
        money_ways=_money_ways(amounts, signs, has_parentheses=has_parentheses),
        signs=signs,
        has_parentheses=has_parentheses,
        currency=SIGNS[signs[0]] if len(signs) == 1 else "",
        statuses=guess_statuses(look, columns.get("status", "")),
    )


def guess_statuses(look: Look, column: str) -> dict[str, str]:
    """Return what each word of a status column seems to mean."""
    if column not in look.header:
        return {}
    known = {
        word: status for status in STATUSES for word in STATUS_SPELLINGS[status].split()
    }
    return {word: known.get(_plain(word), "") for word in words_of_column(look, column)}


def date_formats_of(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the formats in which most of these texts are dates, likeliest first."""
    readers = {
        one: MomentReader(DateRule(zone="UTC", formats=(one,))) for one in DATE_FORMATS
    }
    return tuple(_most_read(readers, texts))


def _most_read(readers: Mapping[Key, Reader], texts: Sequence[str]) -> list[Key]:
    """Return those that read the most texts, if that is most of all; a few may be bad."""
    wanted = list(dict.fromkeys(texts))
    if not wanted:
        return []
    counts = {
        key: sum(not isinstance(read(text), Failure) for text in wanted)
        for key, read in readers.items()
    }
    most = max(counts.values())
    if most < len(wanted) * _MOST:
        return []
    return [key for key, count in counts.items() if count == most]


def _together(columns: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the formats for all date columns; one text may name several, parted by `|`."""
    told = [one for one in columns if one]
    if not told:
        return ()
    both = [one for one in told[0] if all(one in other for other in told)]
    if both:
        return tuple(both)
    pairs = [
        "|".join(dict.fromkeys([first, *(other[0] for other in told[1:])]))
        for first in told[0]
    ]
    return tuple(pairs)


def _money_ways(
    texts: Sequence[str], signs: tuple[str, ...], *, has_parentheses: bool
) -> tuple[tuple[str, str], ...]:
    readers = {
        (decimal, thousands): number_reader(
            MoneyRule(
                decimal=decimal,
                thousands=thousands,
                signs=signs,
                has_parentheses=has_parentheses,
            )
        )
        for decimal, thousands in MONEY_WAYS
    }
    return tuple(_most_read(readers, texts)) if texts else MONEY_WAYS


def _assigned(look: Look, fields: Sequence[str]) -> dict[str, str]:
    """Give each field the column that fits best; no column to two fields."""
    scored = sorted(
        (
            (-_score(look, field, column), number, place, field, column)
            for number, field in enumerate(fields)
            for place, column in enumerate(look.header)
            if column
        ),
    )
    columns: dict[str, str] = {}
    for score, _, _, field, column in scored:
        if -score >= _LEAST and field not in columns and column not in columns.values():
            columns[field] = column
    return {field: columns[field] for field in fields if field in columns}


def _score(look: Look, field: str, column: str) -> int:
    plain = _plain(column)
    spellings = SPELLINGS.get(field, field.replace("_", "")).split()
    score = 0
    if plain in spellings:
        score = _EXACT - spellings.index(plain)
    elif plain == _plain(field):
        score = _EXACT
    elif any(len(one) > 3 and one in plain for one in spellings):  # noqa: PLR2004
        score = _WITHIN
    if not score:
        return 0
    texts = look.column(column)[:_TRIED]
    return score + _fits(field, texts) if texts else score


def _fits(field: str, texts: Sequence[str]) -> int:
    """Return what the cells add to, or take from, the claim that a column is a field."""
    if field in _DATES:
        return 5 if date_formats_of(texts) else -_EXACT
    if field in _NUMBERS:
        numbers = sum(any(one.isdigit() for one in text) for text in texts)
        return 5 if numbers >= len(texts) * _MOST else -_EXACT
    if field in {"currency", "from_currency", "to_currency"}:
        return 5 if all(_CURRENCY.fullmatch(text) for text in texts) else -_EXACT
    if field == "event_id":
        return 5 if len(set(texts)) > len(texts) * 9 // 10 else -_WITHIN
    if field in {"status", "kind"}:
        return 5 if len(set(texts)) <= _FEW_WORDS else -_EXACT
    return 0


def _plain(name: str) -> str:
    """Return a name without case, accents, spaces and marks."""
    split = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    return "".join(one for one in split if one.isalnum() and one.isascii())
