"""How are amounts, days, rates and lists said in a sentence?"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from openspiff.money import PPM, format_money

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_DAYS: Final = (
    *("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
)
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>#|~])")
_SPELLED_WITH_AN: Final = frozenset("AEFHILMNORSX")
_SOUND_OF_YOU: Final = ("eu", "one", "uni", "use", "usa")
_EIGHTS: Final = re.compile(r"(?:8|11(?!\d)|18(?!\d))")


def money(amount_minor: int, currency: str) -> str:
    """Return `$1,000`, or `$999.50` where there are cents."""
    return re.sub(r"\.0+$", "", format_money(amount_minor, currency))


def percent(rate_ppm: int) -> str:
    """Return `5%` or `12.5%`."""
    return f"{(Decimal(rate_ppm) * 100 / PPM).normalize():f}%"


def times(rate_ppm: int) -> str:
    """Return `3x` or `2.5x`."""
    return f"{(Decimal(rate_ppm) / PPM).normalize():f}x"


def date(day: dt.date) -> str:
    """Return `31 March 2026`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def weekday(day: dt.date) -> str:
    """Return `Tuesday, 31 March 2026`."""
    return f"{_DAYS[day.weekday()]}, {date(day)}"


def day_before(day: dt.date) -> dt.date:
    """Return the last day inside an end that is excluded."""
    return day - dt.timedelta(days=1)


def many(count: int, one: str, more: str = "") -> str:
    """Return `1 day`, `14 days`, `1,200 seats`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return `A`, `A and B`, or `A, B and C`."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def with_article(phrase: str) -> str:
    """Return the phrase after `a` or `an`, by the sound that it starts with."""
    word = re.split(r"[\s-]", phrase, maxsplit=1)[0]
    is_spelled = len(word) == 1 or (word[:2].isupper() and word[:2].isalpha())
    if is_spelled:
        is_vowel = word[:1].upper() in _SPELLED_WITH_AN
    elif word[:1].isdigit():
        is_vowel = bool(_EIGHTS.match(word))
    else:
        is_vowel = word[:1].lower() in set("aeiou") and not word.lower().startswith(
            _SOUND_OF_YOU
        )
    return f"{'an' if is_vowel else 'a'} {phrase}"


def escaped(words: str) -> str:
    """Return a text so that Markdown and HTML show it letter by letter."""
    return _SPECIAL.sub(r"\\\1", words.replace("&", "&amp;"))


def all_escaped(words: Iterable[str]) -> list[str]:
    """Return every text escaped, in the order given."""
    return [escaped(word) for word in words]
