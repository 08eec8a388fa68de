"""What does a payee see first? Open programs, sums, promises, wins, and what waits.

Read from the books alone, in a number of queries that never grows; nothing is calculated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, Literal

import attrs

from openspiff.ledger import Kind, StatementLine
from openspiff.program import Program, Standing, Tickets
from openspiff.web.access import Viewer

from .claims import takes_claims
from .payee_leaderboards import Win, wins_of_others
from .payee_tax import expected_form, form_state
from .payee_waits import Waiting, waiting_for
from .people import Payee
from .statements import Balance, PayeeAccount, Promise, account_from_rows

_WINS_SHOWN: Final = 3

NeedKind = Literal["payout_method", "tax_form", "tax_form_again", "claims"]


@attrs.frozen(kw_only=True)
class Need:
    """Something that waits for the payee; `says` names the form where it is one."""

    kind: NeedKind
    says: str = ""


@attrs.frozen(kw_only=True)
class OpenProgram:
    """A program that is open or about to open, with what the payee has in it.

    `digest` is the content hash of its terms; `paused_because` is "" unless no claims are
    taken for the time being.
    """

    program: Program
    digest: str
    standing: Standing
    is_draw: bool
    takes_claims: bool
    paused_because: str


@attrs.frozen(kw_only=True)
class HomeSums:
    """One currency: what may still change, what is approved, what was paid.

    `provisional_minor` below zero is to be given back.
    """

    currency: str
    provisional_minor: int
    approved_minor: int
    paid_minor: int
    wanted_back_minor: int


@attrs.frozen(kw_only=True)
class Home:
    """All that the first page of a payee shows."""

    payee: Payee
    account: PayeeAccount
    sums: tuple[HomeSums, ...]
    promises: tuple[Promise, ...]
    programs: tuple[OpenProgram, ...]
    own_wins: tuple[StatementLine, ...]
    others_wins: tuple[Win, ...]
    needs: tuple[Need, ...]


def home_for(viewer: Viewer, *, at: int) -> Home:
    """Return what a payee's user sees first, days counted as of `at`.

    Raises NotVisibleError for users who are no payee.
    """
    waiting = waiting_for(viewer)
    who = waiting.payee
    programs = waiting.programs
    account = account_from_rows(who, programs.launched, waiting.booked)
    lines = [line for month in account.statement.months for line in month.lines]
    open_now = [one for one in programs.open_to if at < one.window.ends_at]
    standings = _standings(lines)
    return Home(
        payee=who,
        account=account,
        sums=tuple(_sums(one, waiting.approved_minor) for one in account.balances),
        promises=account.promises,
        programs=tuple(
            OpenProgram(
                program=program,
                digest=programs.digests[program.program_id],
                standing=standings.get(program.program_id, Standing()),
                is_draw=isinstance(program.payout, Tickets),
                takes_claims=takes_claims(program, as_of=at),
                paused_because=programs.paused.get(program.program_id, ""),
            )
            for program in open_now
        ),
        own_wins=tuple(_own_wins(lines)),
        others_wins=tuple(wins_of_others(viewer, open_now, own_firm=who.firm_id)),
        needs=tuple(_needs(waiting)),
    )


def _sums(balance: Balance, approved: dict[str, int]) -> HomeSums:
    of_it = approved.get(balance.currency, 0)
    return HomeSums(
        currency=balance.currency,
        provisional_minor=balance.owed_minor - of_it,
        approved_minor=of_it,
        paid_minor=balance.paid_minor,
        wanted_back_minor=balance.wanted_back_minor,
    )


def _standings(lines: Iterable[StatementLine]) -> dict[str, Standing]:
    worth: dict[str, dict[tuple[str, str], int]] = defaultdict(lambda: defaultdict(int))
    for line in lines:
        if line.kind is not Kind.PAYOUT:
            event = (line.source, line.event_id)
            worth[line.program_id][event] += line.change_minor
    return {
        program_id: Standing(
            paid_count=sum(amount > 0 for amount in by_event.values()),
            entitled_minor=sum(by_event.values()),
        )
        for program_id, by_event in worth.items()
    }


def _own_wins(lines: Sequence[StatementLine]) -> Iterable[StatementLine]:
    """Yield the latest events that are still worth something, the latest first."""
    left: dict[tuple[str, str, str], int] = defaultdict(int)
    for line in lines:
        if line.kind is not Kind.PAYOUT:
            left[line.program_id, line.source, line.event_id] += line.change_minor
    shown = 0
    for line in sorted(lines, key=lambda one: -one.sequence):
        key = (line.program_id, line.source, line.event_id)
        if line.kind is Kind.ACCRUAL and left.pop(key, 0) > 0:
            yield line
            shown += 1
        if shown == _WINS_SHOWN:
            return


def _needs(waiting: Waiting) -> Iterable[Need]:
    if waiting.rejected_claims:
        yield Need(kind="claims", says=str(waiting.rejected_claims))
    if waiting.country is None:
        yield Need(kind="payout_method")
    kind = "firm" if waiting.payee.firm_id else "independent"
    form = expected_form(kind, waiting.country or "")
    state = form_state(form, waiting.form_steps)
    if state == "rejected":
        yield Need(kind="tax_form_again", says=form)
    elif state == "expected":
        yield Need(kind="tax_form", says=form)
