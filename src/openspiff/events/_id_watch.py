"""Did a spreadsheet take the leading zeros, or the last digits, of ids?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

_FROM_LENGTH: Final = 5
_EXACT_DIGITS: Final = 15
_ENOUGH: Final = 20


class IdWatch:
    """Looks at the ids of one column as they pass, and says at the end what is odd.

    Numbers of one length with a few shorter ones among them may have lost zeros, unless a
    zero in front shows that they are kept, or they are numbers in sequence. Longer than 15
    digits and zeros from there on is what a spreadsheet leaves of a longer id.
    """

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._lengths: Counter[int] = Counter()
        self._lowest = self._highest = 0
        self._keeps_zeros = False
        self._cut_count = 0
        self._example = ""

    def see(self, ids: Iterable[Any]) -> None:
        """Look at the ids of a chunk (failures among them are passed over)."""
        digits = [
            one for one in ids if type(one) is str and one.isdigit() and one.isascii()
        ]
        if not digits:
            return
        self._lengths.update(map(len, digits))
        numbers = list(map(int, digits))
        first = not self._highest
        self._lowest = min(numbers) if first else min(self._lowest, *numbers)
        self._highest = max(self._highest, *numbers)
        self._keeps_zeros = self._keeps_zeros or any(one[0] == "0" for one in digits)
        for one in digits:
            if len(one) > _EXACT_DIGITS and not one[_EXACT_DIGITS:].strip("0"):
                self._cut_count += 1
                self._example = one

    def remarks(self) -> list[str]:
        """Return what is odd about the ids."""
        found: list[str] = []
        if self._cut_count:
            found.append(
                f"{self._cut_count:,} ids such as {self._example} have only zeros after 15"
                " digits: a spreadsheet may have cut them"
            )
        if not self._lengths or self._keeps_zeros:
            return found
        total = sum(self._lengths.values())
        length, count = self._lengths.most_common(1)[0]
        shorter = sum(n for size, n in self._lengths.items() if size < length)
        is_sequence = self._highest - self._lowest < 2 * total
        if (
            length >= _FROM_LENGTH
            and shorter
            and count > total // 2
            and total >= _ENOUGH
            and not is_sequence
            and max(self._lengths) == length
        ):
            found.append(
                f"{shorter:,} of {total:,} ids are shorter than the usual {length} digits:"
                " leading zeros may have been lost; export the column as text"
            )
        return found
