"""What should the books hold? A small world of deals, and its books as a plain dict."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from openspiff.money import split_exactly
from openspiff.program import (
    Behavior,
    BehaviorKind,
    Caps,
    Clawback,
    ClawbackShape,
    Flat,
    Program,
    Window,
)

Key = tuple[str, str, str, str]
SOURCE = "crm"


def program(
    program_id: str,
    *,
    shape: ClawbackShape = ClawbackShape.FULL,
    caps: Caps | None = None,
    currency: str = "USD",
    promised_days: int = 14,
) -> Program:
    return Program(
        program_id=program_id,
        name=program_id,
        currency=currency,
        behavior=Behavior(kind=BehaviorKind.DEAL_WON),
        window=Window(
            zone="UTC", starts_on=dt.date(2026, 1, 1), ends_before=dt.date(2027, 1, 1)
        ),
        payout=Flat(amount_minor=100),
        caps=caps or Caps(),
        clawback=Clawback(shape=shape),
        promised_days=promised_days,
    )


CAPPED = program("capped", caps=Caps(payee_cap=900, budget=1500))
KEEPS = program("keeps", shape=ClawbackShape.NONE)
OTHER = program("other", currency="EUR", promised_days=5)
PROGRAMS = (CAPPED, KEEPS, OTHER)
PAYEES = ("ann", "bob", "cy/d%")


@dataclass
class Deal:
    """One event: what it is worth, who shares it by which weights, what became of it."""

    program_id: str
    event_id: str
    amount: int
    weights: dict[str, int]
    is_cancelled: bool = False


@dataclass
class Line:
    """What the books hold for one key."""

    accrued: int = 0
    reversed: int = 0
    paid: int = 0
    clawed_back: int = 0
    clock: int = 0  # place of the first accrual that nothing has used up

    @property
    def net(self) -> int:
        return self.accrued - self.reversed - self.clawed_back

    @property
    def unpaid(self) -> int:
        return self.accrued - self.reversed - self.paid


@dataclass
class World:
    """The deals in the order in which they were told, and the books they lead to."""

    deals: dict[str, Deal] = field(default_factory=dict)
    lines: dict[Key, Line] = field(default_factory=dict)
    accruals: dict[Key, list[tuple[int, int]]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    clock: int = 0

    def due(self) -> dict[Key, int]:
        """Return what is due today: shares, then the payee's cap, then the budget."""
        caps = {one.program_id: one.caps for one in PROGRAMS}
        by_payee: Counter[tuple[str, str]] = Counter()
        by_program: Counter[str] = Counter()
        due: dict[Key, int] = {}
        for deal in self.deals.values():
            if deal.is_cancelled:
                continue
            limit = caps[deal.program_id]
            parts = split_exactly(deal.amount, deal.weights)
            assert sum(parts.values()) == deal.amount
            for payee_id, part in sorted(parts.items()):
                before = by_payee[deal.program_id, payee_id]
                amount = min(part, max((limit.payee_cap or 10**9) - before, 0))
                by_payee[deal.program_id, payee_id] += part
                before = by_program[deal.program_id]
                cut = min(amount, max((limit.budget or 10**9) - before, 0))
                by_program[deal.program_id] += amount
                self.seen["payee cap cut"] += amount < part
                self.seen["budget cut"] += cut < amount
                if cut:
                    due[deal.program_id, SOURCE, deal.event_id, payee_id] = cut
        return due

    def entitled_rows(self) -> list[tuple[str, int, str, str, str, str, int, int, str]]:
        """Return what is due in the shape of entitled rows."""
        currency = {one.program_id: one.currency for one in PROGRAMS}
        return [
            (*key[:1], 1, *key[1:], "firm", amount, 0, currency[key[0]])
            for key, amount in self.due().items()
        ]

    def book(self) -> int:
        """Book what is due; return how many transfers that takes."""
        due = self.due()
        count = 0
        for key in sorted(set(self.lines) | set(due)):
            count += self._settle(key, due.get(key, 0))
        self.seen["run that books nothing" if count == 0 else "run that books"] += 1
        return count

    def _settle(self, key: Key, due: int) -> int:
        line = self.lines.setdefault(key, Line())
        missing = due - line.net
        if missing > 0:
            self.seen["first accrual" if not line.accrued else "raised"] += 1
            self.seen["accrual after clawback"] += line.clawed_back > 0
            self.seen["accrual after reversal"] += line.reversed > 0
            line.accrued += missing
            self.clock += 1
            self.accruals.setdefault(key, []).append((self.clock, line.accrued))
            return 1
        excess = -missing
        back = min(excess, line.unpaid)
        rest = excess - back
        keeps = key[0] == KEEPS.program_id
        line.reversed += back
        if not keeps:
            line.clawed_back += rest
        self._note(due, line, back=back, rest=rest, keeps=keeps)
        return (back > 0) + (rest > 0 and not keeps)

    def _note(self, due: int, line: Line, *, back: int, rest: int, keeps: bool) -> None:
        self.seen["reversal"] += back > 0
        self.seen["partial reversal"] += back > 0 and due > 0
        self.seen["paid and kept"] += rest > 0 and keeps
        self.seen["clawback after payout"] += rest > 0 and not keeps
        self.seen["partial clawback"] += rest > 0 and not keeps and due > 0
        self.seen["reversal with clawback"] += back > 0 and rest > 0 and not keeps
        self.seen["second clawback"] += rest > 0 and not keeps and line.clawed_back > rest

    def pay(self) -> dict[Key, int]:
        """Pay everybody what is owed beyond what is wanted back; return it by key."""
        currency = {one.program_id: one.currency for one in PROGRAMS}
        paid: dict[Key, int] = {}
        for payee_id in PAYEES:
            for money in ("USD", "EUR"):
                mine = {
                    key: line
                    for key, line in self.lines.items()
                    if key[3] == payee_id and currency[key[0]] == money
                }
                owed = sum(line.unpaid for line in mine.values())
                wanted_back = sum(line.clawed_back for line in mine.values())
                left = max(owed - wanted_back, 0)
                self.seen["withheld"] += owed > 0 and wanted_back > 0
                self.seen["paid less than owed"] += 0 < left < owed
                for key in sorted(mine, key=self._waiting_since):
                    amount = min(left, mine[key].unpaid)
                    if amount:
                        paid[key] = amount
                        left -= amount
        for key, amount in paid.items():
            self.lines[key].paid += amount
        self.seen["payout" if paid else "payout of nothing"] += 1
        return paid

    def _waiting_since(self, key: Key) -> int:
        line = self.lines[key]
        used = line.reversed + line.paid
        return next((at for at, total in self.accruals.get(key, []) if total > used), 0)
