"""Is there an example of everything that terms can say, and of every reason?"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

import pytest
from house.sources import ROOT
from spec.rules._table import program_of, rows_of

from openspiff.program import (
    BandBy,
    Basis,
    BehaviorKind,
    CapsOrder,
    ClawbackShape,
    CountTiers,
    Flat,
    MrrMultiple,
    Payout,
    Percent,
    Program,
    SplitRule,
    Tickets,
)
from openspiff.rules import REASONS

SPECS = sorted((ROOT / "tests" / "spec" / "rules").glob("test_*.py"))


def modules() -> Iterator[ModuleType]:
    for path in SPECS:
        yield importlib.import_module(f"spec.rules.{path.stem}")


def shown_by(program: Program, expected: list[dict[str, str]]) -> Iterator[str]:
    """Yield every kind that an example shows: of what it says, and of what it pays."""
    for row in expected:
        yield from (f"reason {code}" for code in row.get("because", "").split())
    pays = any(row.get("amount", row.get("tickets", "0")).strip("0.") for row in expected)
    yield f"clawback {program.clawback.shape}"
    if not pays:
        return
    payout = program.payout
    yield f"behavior {program.behavior.kind}"
    yield f"payout {type(payout).__name__}"
    yield f"split {program.split}"
    if isinstance(payout, Percent):
        yield f"percent of {payout.basis}"
    if isinstance(payout, MrrMultiple):
        yield f"band by {payout.band_by}"
    if program.caps.payee_cap and program.caps.budget:
        yield f"caps {program.caps.order}"


def asked_for() -> set[str]:
    payouts = (Flat, Percent, MrrMultiple, CountTiers, Tickets)
    assert set(payouts) == set(Payout.__args__), "a kind of payout is not asked for here"
    return {
        *(f"reason {code}" for code in REASONS),
        *(f"behavior {kind}" for kind in BehaviorKind),
        *(f"payout {payout.__name__}" for payout in payouts),
        *(f"split {rule}" for rule in SplitRule),
        *(f"percent of {basis}" for basis in Basis),
        *(f"band by {by}" for by in BandBy),
        *(f"caps {order}" for order in CapsOrder),
        *(f"clawback {shape}" for shape in ClawbackShape),
    }


def test_every_kind_and_every_reason_has_a_spec() -> None:
    shown: set[str] = set()
    for module in modules():
        expected = rows_of(module.EXPECTED) if hasattr(module, "EXPECTED") else []
        shown |= set(shown_by(program_of(module.PROGRAM), expected))
    assert sorted(asked_for() - shown) == []


def test_a_kind_that_no_example_pays_is_noticed() -> None:
    program = program_of('[behavior]\nkind = "demo_held"')
    unpaid = [{"event": "d1", "payee": "Ann", "amount": "0.00", "because": "held_out"}]
    assert set(shown_by(program, unpaid)) == {"reason held_out", "clawback full"}


@pytest.mark.parametrize("name", [path.stem for path in SPECS])
def test_a_spec_can_be_shown_as_documentation(name: str) -> None:
    module = importlib.import_module(f"spec.rules.{name}")
    assert module.TITLE
    assert module.__doc__
    assert rows_of(module.EVENTS)
