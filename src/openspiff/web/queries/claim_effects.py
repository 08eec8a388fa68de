"""What would a decision do to the money? Worked out by the rules that pay; nothing written.

The claims are put behind the feed as the batch that they would be, in a folder that is
thrown away, and the same explainer that answers "why?" is asked about each.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs
from django.utils.translation import gettext

from openspiff.engine import DuckDBEngine
from openspiff.events import Feed, told_rows, write_batch
from openspiff.ledger import Kind
from openspiff.program import Program
from openspiff.rules import About, Explainer, Explanation, reason_sentence
from openspiff.web.access import READ_CLAIM_QUEUE, NotVisibleError, Viewer, may_enter
from openspiff.web.models import CLAIM_SOURCE, ClaimState

from . import programs
from .books import program_sums
from .claims import ShownClaim
from .feed import feed_files, next_batch_no

_MEMORY_LIMIT: Final = "1GB"
_SIGNS: Final[Mapping[str, int]] = {
    Kind.ACCRUAL: 1,
    Kind.REVERSAL: -1,
    Kind.CLAWBACK: -1,
}


@attrs.frozen(kw_only=True)
class Worth:
    """What one program gives for a claim, and why not more; minor units, or tickets."""

    program_id: str
    program_name: str
    currency: str
    due: int
    is_draw: bool
    sentences: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Effect:
    """What deciding one claim would do: what each program would pay, or pays no more."""

    claim: ShownClaim
    worths: tuple[Worth, ...]


@attrs.frozen(kw_only=True)
class BudgetLeft:
    """What is left of a program's budget as it is booked, and after the decision."""

    program_name: str
    currency: str
    before_minor: int
    after_minor: int


@attrs.frozen(kw_only=True)
class Effects:
    """The effects of deciding several claims at once, and their sums by currency."""

    effects: tuple[Effect, ...]
    totals: tuple[tuple[str, int], ...]
    ticket_count: int
    budgets: tuple[BudgetLeft, ...] = ()


def effects_of_approval(viewer: Viewer, claims: Sequence[ShownClaim]) -> Effects:
    """Return what approving these claims together would pay, caps and budget included.

    Raises NotVisibleError, and RuleError where an exchange rate is missing.
    """
    _require_reader(viewer)
    waiting = [one for one in claims if one.row.is_waiting]
    if not waiting:
        return _summed([Effect(claim=one, worths=()) for one in claims])
    feed = feed_files(viewer)
    with tempfile.TemporaryDirectory(prefix="openspiff-") as folder:
        batch = write_batch(
            told_rows(
                [one.row.told("done", at=one.row.reported_at) for one in waiting],
                source=CLAIM_SOURCE,
            ),
            feed=feed,
            folder=Path(folder),
            batch_no=next_batch_no(viewer),
        )
        found = _asked(viewer, claims, _with(feed, batch.events, batch.superseded))
    return attrs.evolve(found, budgets=tuple(_budgets(viewer, found)))


def effects_of_undoing(viewer: Viewer, claims: Sequence[ShownClaim]) -> Effects:
    """Return what is due today for approved claims, and would no longer be."""
    _require_reader(viewer)
    approved = [one for one in claims if one.row.state == ClaimState.APPROVED]
    if not approved:
        return _summed([Effect(claim=one, worths=()) for one in claims])
    return _asked(viewer, claims, feed_files(viewer))


def _budgets(viewer: Viewer, effects: Effects) -> Iterable[BudgetLeft]:
    """Yield what each program that would pay has left: the books know what is used."""
    dues: Counter[str] = Counter()
    for worth in (worth for one in effects.effects for worth in one.worths):
        if worth.due and not worth.is_draw:
            dues[worth.program_id] += worth.due
    newest = {one.program_id: one for one in programs.launched_programs(viewer)}
    for program_id, due in sorted(dues.items()):
        program = newest[program_id]
        if program.caps.budget is None:
            continue
        sums = program_sums(viewer, program_id).get(program.currency, {})
        used = sum(sums.get(kind, 0) * sign for kind, sign in _SIGNS.items())
        left = max(program.caps.budget - used, 0)
        yield BudgetLeft(
            program_name=program.name,
            currency=program.currency,
            before_minor=left,
            after_minor=max(left - due, 0),
        )


def _with(feed: Feed, events: Path | None, superseded: Path | None) -> Feed:
    return attrs.evolve(
        feed,
        events=(*feed.events, *([] if events is None else [events])),
        superseded=(*feed.superseded, *([] if superseded is None else [superseded])),
    )


def _asked(viewer: Viewer, claims: Sequence[ShownClaim], feed: Feed) -> Effects:
    launched = programs.launched_programs(viewer)
    terms = {(one.program_id, one.version): one for one in launched}
    engine = DuckDBEngine(memory_limit=_MEMORY_LIMIT)
    held_out = programs.held_out(viewer)
    with Explainer(launched, feed=feed, held_out=held_out, engine=engine) as explainer:
        effects = []
        for one in claims:
            about = About(event=(CLAIM_SOURCE, str(one.row)), payee_id=one.row.payee_id)
            worths = _worths(one, terms, explainer.explain(about))
            effects.append(Effect(claim=one, worths=tuple(worths)))
    return _summed(effects)


def _worths(
    claim: ShownClaim,
    terms: Mapping[tuple[str, int], Program],
    told: Sequence[Explanation],
) -> list[Worth]:
    """Return the claim's own program first, then every other that gives something."""
    own = [one for one in told if one.program_id == claim.row.program_id]
    shown = [min(own, key=lambda one: (-one.due, len(one.reasons)))] if own else []
    shown += [one for one in told if one not in own and one.due]
    return [
        Worth(
            program_id=one.program_id,
            program_name=terms[one.program_id, one.version].name,
            currency=one.currency,
            due=one.due,
            is_draw=one.is_draw,
            sentences=tuple(
                reason_sentence(
                    code, one.facts, one.currency, zone=claim.zone, translate=gettext
                )
                for code in one.reasons
            ),
        )
        for one in shown
    ]


def _summed(effects: Sequence[Effect]) -> Effects:
    totals: Counter[str] = Counter()
    tickets = 0
    for worth in (worth for one in effects for worth in one.worths):
        if worth.is_draw:
            tickets += worth.due
        else:
            totals[worth.currency] += worth.due
    return Effects(
        effects=tuple(effects), totals=tuple(sorted(totals.items())), ticket_count=tickets
    )


def _require_reader(viewer: Viewer) -> None:
    if not may_enter(viewer, READ_CLAIM_QUEUE):
        raise NotVisibleError("no such queue")
