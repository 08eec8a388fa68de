"""Do the books keep their laws? Checked without a line of the code that writes them."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import Final

import attrs

from openspiff.engine import DuckDBEngine
from openspiff.ledger._kinds import Kind, accounts
from openspiff.program import ClawbackShape, Program, Tickets

_FOLDER: Final = files("openspiff.ledger") / "checks"
_SHOWN: Final = 100

LAWS: Final[dict[str, str]] = {
    "law_01": "a transfer has one debit, one credit, one positive amount",
    "law_02": "transfers are only ever added, and a correction says what it corrects",
    "law_03": "one transfer for each key",
    "law_04": "nothing is paid that was not accrued, or clawed back that was not paid",
    "law_05": "an event earns once per program and payee",
    "law_06": "recomputing under the frozen terms gives the booked amounts",
    "law_08": "payee cap and program budget hold after every run",
    "law_14": "what a payee sees is the balance of its accounts",
}
"""The laws that `verify` checks, each in one sentence."""

_ALWAYS: Final = ("law_01", "law_02", "law_03", "law_04", "law_05", "law_08", "law_14")
_WITH_ENTITLED: Final = ("law_05_entitled", "law_06_entitled")
_WITH_KEPT: Final = ("law_14_kept",)
_NAME_LENGTH: Final = len("law_01")


@attrs.frozen
class BrokenLaw:
    """One law that does not hold, the key or account where, and what was found."""

    law: str
    place: str
    message: str

    def __str__(self) -> str:
        """Return the law as a sentence with what was found."""
        return f"{LAWS[self.law]}: {self.message} @ {self.place}"


def verify(
    engine: DuckDBEngine,
    *,
    programs: Iterable[Program],
    with_entitled: bool = False,
    with_kept: bool = False,
) -> tuple[BrokenLaw, ...]:
    """Return every law that the table `booked_transfers` breaks; nothing when all hold.

    `programs` are all launched versions; their caps and budgets are checked at the end of
    every run (not for draws, whose limits are tickets, nor where the terms leave with the
    payee what was paid). `with_entitled` compares the books with the table `entitled` of
    the same programs too, `with_kept` the tables of KEPT_COLUMNS. At most 100 places are
    named for each law.
    """
    launched = list(programs)
    _load_terms(engine, launched)
    names = [
        *_ALWAYS,
        *(_WITH_ENTITLED if with_entitled else ()),
        *(_WITH_KEPT if with_kept else ()),
    ]
    return tuple(
        BrokenLaw(name[:_NAME_LENGTH], place, message)
        for name in names
        for place, message in engine.query(
            f"select place, message from ({_check(name)}) q"  # noqa: S608 (package text)
            f" order by place, message limit {_SHOWN}"
        )
    )


def _check(name: str) -> str:
    return _FOLDER.joinpath(f"{name}.sql").read_text(encoding="utf-8")


def _load_terms(engine: DuckDBEngine, programs: list[Program]) -> None:
    sides = []
    for kind in Kind:
        pair = accounts(kind, program_id="<program>", payee_id="<payee>")
        sides.append((str(kind), *_side(pair.debit), *_side(pair.credit)))
    side_columns = ("kind", "debit", "debit_of", "credit", "credit_of")
    engine.load_rows("verify_accounts", dict.fromkeys(side_columns, "VARCHAR"), sides)
    keeps = [(one.program_id, _keeps_paid(one)) for one in programs]
    shape = {"program_id": "VARCHAR", "keeps_paid": "BOOLEAN"}
    engine.load_rows("verify_terms", shape, keeps)
    limits = {"program_id": "VARCHAR", "payee_cap": "BIGINT", "budget": "BIGINT"}
    engine.load_rows("verify_limits", limits, _limits(programs))


def _side(account: str) -> tuple[str, str]:
    start, _, holder = account.partition("<")
    return start, holder.rstrip(">")


def _keeps_paid(program: Program) -> bool:
    return program.clawback.shape is ClawbackShape.NONE


def _limits(programs: list[Program]) -> list[tuple[str, int | None, int | None]]:
    """Return the widest limits of all versions; none where one version has none."""
    versions: dict[str, list[Program]] = {}
    for one in programs:
        versions.setdefault(one.program_id, []).append(one)
    return [
        (
            program_id,
            _widest([one.caps.payee_cap for one in found]),
            _widest([one.caps.budget for one in found]),
        )
        for program_id, found in versions.items()
        if not any(_keeps_paid(one) or isinstance(one.payout, Tickets) for one in found)
    ]


def _widest(limits: list[int | None]) -> int | None:
    known = [limit for limit in limits if limit is not None]
    return max(known) if len(known) == len(limits) else None
