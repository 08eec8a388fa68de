"""What may an assistant read? Programs, terms, reasons, statements and reports."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final

from pydantic import BaseModel, Field

from openspiff.measure import Estimate
from openspiff.program import rule_line, terms_page
from openspiff.rules import About, reason_sentence
from openspiff.web.access import (
    READ_REPORTS,
    READ_STATEMENTS,
    READ_TERMS,
    NotVisibleError,
    Viewer,
)
from openspiff.web.queries.explanations import explanations_of
from openspiff.web.queries.measurements import measurement_latest, verdict_latest
from openspiff.web.queries.people import payee
from openspiff.web.queries.programs import program_versions, programs_visible
from openspiff.web.queries.statements import statement_for

from ._door import tool
from ._said import LONGEST, MOST, Found, Typed, typed

_LINES: Final = 60
Name = Annotated[str, Field(max_length=300)]
ProgramId = Annotated[Name, Field(description="The id of a program, such as `spring`.")]


class ProgramSaid(BaseModel):
    """One program in its newest version."""

    program_id: str
    version: int
    name: Typed
    state: str
    rule: Typed
    currency: str
    starts_on: dt.date
    ends_before: dt.date


class ProgramsSaid(Found):
    """The programs that the user sees."""

    programs: list[ProgramSaid]


@tool((READ_TERMS, "programs:read"))
def programs(
    viewer: Viewer,
    _at: int,
    *,
    state: Annotated[
        str, Field(max_length=20, description="draft, launched or ended; empty for all.")
    ] = "",
) -> ProgramsSaid:
    """List the programs, each in its newest version, with its rule in one line."""
    found = [one for one in programs_visible(viewer) if state in {"", one.state}]
    return ProgramsSaid(
        left_out=max(0, len(found) - MOST),
        programs=[
            ProgramSaid(
                program_id=one.program.program_id,
                version=one.program.version,
                name=typed(one.program.name),
                state=one.state,
                rule=typed(rule_line(one.program), longest=1_000),
                currency=one.program.currency,
                starts_on=one.program.window.starts_on,
                ends_before=one.program.window.ends_before,
            )
            for one in found[:MOST]
        ],
    )


class TermsSaid(BaseModel):
    """The terms of one version, as its payees read them."""

    program_id: str
    version: int
    state: str
    content_hash: str
    terms: Typed


@tool((READ_TERMS, "programs:read"))
def terms(
    viewer: Viewer,
    _at: int,
    *,
    program_id: ProgramId,
    version: Annotated[int, Field(ge=0, le=1_000_000, description="0: the newest.")] = 0,
) -> TermsSaid:
    """Read every promise and limit of a program, as its payees read them."""
    for one in program_versions(viewer, program_id):
        if version in {0, one.program.version}:
            return TermsSaid(
                program_id=program_id,
                version=one.program.version,
                state=one.state,
                content_hash=one.content_hash,
                terms=typed(terms_page(one.program), longest=LONGEST),
            )
    message = f"no version {version} of {program_id}"
    raise NotVisibleError(message)


class ReasonSaid(BaseModel):
    """One reason: its code, and the sentence that the payee reads."""

    code: str
    sentence: Typed


class WhySaid(BaseModel):
    """What one version of a program says of the event: minor units, tickets of a draw."""

    program_id: str
    version: int
    due: int
    currency: str
    is_draw: bool
    reasons: list[ReasonSaid]


class WhysSaid(Found):
    """What every launched version says of one event of a payee."""

    payee_id: str
    source: str
    event_id: str
    judgements: list[WhySaid]


@tool((READ_STATEMENTS, "events:read"))
def why(
    viewer: Viewer,
    _at: int,
    *,
    payee_id: Annotated[Name, Field(description="The id of the payee.")],
    source: Annotated[Name, Field(description="The system that the event comes from.")],
    event_id: Annotated[Name, Field(description="The id of the event there.")],
) -> WhysSaid:
    """Say why one event of a payee pays what it pays, or nothing, program by program."""
    payee(viewer, payee_id)
    about = About(event=(source, event_id), payee_id=payee_id)
    found = explanations_of(viewer, about)
    if not found:
        message = f"no event {source}/{event_id} of {payee_id}"
        raise NotVisibleError(message)
    zones = _zones(viewer)
    return WhysSaid(
        payee_id=payee_id,
        source=source,
        event_id=event_id,
        left_out=max(0, len(found) - MOST),
        judgements=[_why(one, zones.get(one.program_id, "UTC")) for one in found[:MOST]],
    )


def _zones(viewer: Viewer) -> dict[str, str]:
    return {
        one.program.program_id: one.program.window.zone for one in programs_visible(viewer)
    }


def _why(one: Any, zone: str) -> WhySaid:
    return WhySaid(
        program_id=one.program_id,
        version=one.version,
        due=one.due,
        currency=one.currency,
        is_draw=one.is_draw,
        reasons=[
            ReasonSaid(
                code=code,
                sentence=typed(reason_sentence(code, one.facts, one.currency, zone=zone)),
            )
            for code in one.reasons
        ],
    )


class BalanceSaid(BaseModel):
    """Sums of one currency."""

    currency: str
    earned_minor: int
    paid_minor: int
    owed_minor: int


class PromiseSaid(BaseModel):
    """What is to be paid by a day."""

    program_id: str
    amount_minor: int
    currency: str
    promised_on: dt.date


class LineSaid(BaseModel):
    """One transfer as its payee sees it."""

    month: str
    kind: str
    program_id: str
    source: str
    event_id: str
    change_minor: int
    balance_minor: int
    currency: str
    reason: Typed


class StatementSaid(Found):
    """What a payee earned, was paid and is still to get, with the latest transfers."""

    payee_id: str
    name: Typed
    firm_id: str
    balances: list[BalanceSaid]
    promises: list[PromiseSaid]
    lines: list[LineSaid]


@tool((READ_STATEMENTS, "statements:read"))
def statement(
    viewer: Viewer,
    _at: int,
    *,
    payee_id: Annotated[Name, Field(description="The id of the payee.")],
) -> StatementSaid:
    """Read what a payee earned, was paid and is still to get, as the books have it."""
    account = statement_for(viewer, payee_id)
    lines = [(one.month, line) for one in account.statement.months for line in one.lines]
    return StatementSaid(
        payee_id=payee_id,
        name=typed(account.payee.name),
        firm_id=account.payee.firm_id,
        left_out=max(0, len(lines) - _LINES),
        balances=[
            BalanceSaid(
                currency=one.currency,
                earned_minor=one.earned_minor,
                paid_minor=one.paid_minor,
                owed_minor=one.owed_minor,
            )
            for one in account.balances
        ],
        promises=[
            PromiseSaid(
                program_id=one.program_id,
                amount_minor=one.amount_minor,
                currency=one.currency,
                promised_on=one.promised_on,
            )
            for one in account.promises[:MOST]
        ],
        lines=[
            LineSaid(
                month=month,
                kind=line.kind.value,
                program_id=line.program_id,
                source=line.source,
                event_id=line.event_id,
                change_minor=line.change_minor,
                balance_minor=line.balance_minor,
                currency=line.currency,
                reason=typed(line.reason),
            )
            for month, line in lines[-_LINES:]
        ],
    )


class EstimateSaid(BaseModel):
    """One figure with its interval, how it was found and how good the evidence is."""

    name: str
    value: float
    low: float | None
    high: float | None
    shape: str
    unit: str
    method: str
    tier: str


class CheckSaid(BaseModel):
    """One check of the measurement."""

    code: str
    is_ok: bool
    sentence: Typed


class ReportSaid(BaseModel):
    """Was it worth it: the last measurement, what the rule says, what a person decided."""

    program_id: str
    version: int
    as_of: int
    headline: EstimateSaid | None
    why_tier: str
    estimates: list[EstimateSaid]
    checks: list[CheckSaid]
    not_possible: list[str]
    rule_says: str
    rule_reasons: list[str]
    decided: str
    decided_because: Typed


@tool((READ_REPORTS, "reports:read"))
def report(viewer: Viewer, _at: int, *, program_id: ProgramId) -> ReportSaid:
    """Read what the last measurement of a program says: figures, checks and verdict."""
    answer = measurement_latest(viewer, program_id)
    if answer is None:
        message = f"{program_id} was never measured: openspiff measure {program_id}"
        raise NotVisibleError(message)
    decided = verdict_latest(viewer, program_id)
    return ReportSaid(
        program_id=program_id,
        version=answer.version,
        as_of=answer.as_of,
        headline=None if answer.headline is None else _estimate(answer.headline),
        why_tier=answer.why_tier,
        estimates=[_estimate(one) for one in answer.estimates[:MOST]],
        checks=[
            CheckSaid(code=one.code, is_ok=one.is_ok, sentence=typed(one.sentence))
            for one in answer.checks[:MOST]
        ],
        not_possible=[f"{what}: {reason}" for what, reason in answer.not_possible[:MOST]],
        rule_says=answer.verdict.decision,
        rule_reasons=list(answer.verdict.reasons),
        decided="" if decided is None else decided.verdict,
        decided_because=typed("" if decided is None else decided.reasons, longest=2_000),
    )


def _estimate(one: Estimate) -> EstimateSaid:
    return EstimateSaid(
        name=one.name,
        value=one.value,
        low=one.low,
        high=one.high,
        shape=one.shape,
        unit=one.unit,
        method=one.method,
        tier=one.tier,
    )
