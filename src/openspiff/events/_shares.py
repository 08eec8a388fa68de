"""Who is paid for an event, and in what shares?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from typing import Any, Final

from openspiff.events._cells import (
    Failure,
    Memo,
    Reader,
    named_reader,
    number_reader,
    read_id,
    share_number,
)
from openspiff.events._frame import Frame
from openspiff.events._mapping import MoneyRule, NameRule, SharesRule
from openspiff.money import PPM, split_exactly

Shares = tuple[tuple[str, int], ...]
"""Payee and share in ppm; the shares sum to 1,000,000."""

_PART: Final = "\x1f"  # Stands in no cell: control characters are refused before.


def _checked(
    given: Sequence[tuple[str, Fraction]], total: Fraction, read_name: Reader
) -> Shares | Failure:
    if not given:
        return Failure("expected a payee, got an empty cell")
    pairs: list[tuple[str, Fraction]] = []
    for text, share in given:
        name = read_name(text)
        if isinstance(name, Failure):
            return name
        pairs.append((name, share))
    if len({name for name, _ in pairs}) != len(pairs):
        return Failure("names a payee twice", "add the two shares up")
    found = sum((share for _, share in pairs), Fraction(0))
    if found != total:
        remedy = "leave the shares out where payees share equally"
        return Failure(f"shares sum to {float(found):g}, expected {float(total):g}", remedy)
    whole = lcm(*(share.denominator for _, share in pairs))
    parts = split_exactly(PPM, {name: int(share * whole) for name, share in pairs})
    if min(parts.values()) <= 0:
        return Failure("expected shares of at least one millionth")
    return tuple(parts.items())


def _pairs_reader(
    rule: SharesRule, money: MoneyRule, names: NameRule
) -> Callable[[Sequence[tuple[str, str]]], Shares | Failure]:
    read_number = number_reader(money)
    read_name = named_reader(read_id, names, "payee")
    total = Fraction(rule.total)

    def read_pairs(texts: Sequence[tuple[str, str]]) -> Shares | Failure:
        if all(not share for _, share in texts):
            if rule.shares:
                return Failure("expected a share beside each payee, got empty cells")
            each = total / max(len(texts), 1)
            return _checked([(name, each) for name, _ in texts], total, read_name)
        pairs: list[tuple[str, Fraction]] = []
        for name, text in texts:
            share = share_number(text, read_number) if text else Fraction(0)
            if isinstance(share, Failure):
                return share
            if not name or not share:
                return Failure("expected payees and shares in pairs")
            pairs.append((name, share))
        return _checked(pairs, total, read_name)

    return read_pairs


class SharesReader:
    """Reads the payees of each row as the mapping says they are written."""

    def __init__(
        self, rule: SharesRule, money: MoneyRule, *, names: NameRule | None = None
    ) -> None:
        """Read by `rule`; shares are numbers as `money` says, `names` who is meant."""
        self.rule = rule
        self._read_pairs = _pairs_reader(rule, money, names or NameRule())
        self._memo = Memo(self._of_list if rule.is_list else self._of_columns)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (*self.rule.payees, *self.rule.shares)

    def read(self, frame: Frame) -> list[Any]:
        """Return Shares or a Failure (noted as a fault) for each row."""
        cells = [frame.columns[name] for name in self.columns]
        several = zip(*cells, strict=True)
        texts = cells[0] if len(cells) == 1 else list(map(_PART.join, several))
        values = self._memo.all(texts)
        if self._memo.has_failed:
            for index, value in enumerate(values):
                if type(value) is Failure:
                    shown = texts[index].replace(_PART, " | ")
                    frame.fault(index, self.columns, shown, value)
        return values

    def _of_list(self, text: str) -> Shares | Failure:
        parts = [part.strip() for part in text.split(self.rule.between)]
        cut = [part.rpartition(self.rule.before_share) for part in parts if part]
        pairs = [
            (name.strip(), share.strip()) if mark else (share.strip(), "")
            for name, mark, share in cut
        ]
        return self._read_pairs(pairs)

    def _of_columns(self, text: str) -> Shares | Failure:
        cells = text.split(_PART)
        count = len(self.rule.payees)
        shares = cells[count:] or [""] * count
        pairs = zip(cells[:count], shares, strict=True)
        if self.rule.shares and count == 1 and not shares[0]:
            return Failure("expected a share, got an empty cell")
        return self._read_pairs([pair for pair in pairs if any(pair)])
