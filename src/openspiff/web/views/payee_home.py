"""What does a payee see first?"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import attrs
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext as _, ngettext
from django.views.decorators.http import require_safe

from openspiff.program import Program, Standing, Tickets, next_step, rule_line
from openspiff.rules import About
from openspiff.web.access import READ_HOME
from openspiff.web.forms.written import day, money, signed_money
from openspiff.web.queries import explanations, payee_home, programs
from openspiff.web.queries.payee_leaderboards import Win
from openspiff.web.queries.statements import Promise

from ._doors import SignedInRequest, guarded, shown_at
from ._kept_offline import kept
from ._places import own_pages
from ._show import count, days_left, local_day


@guarded(READ_HOME)
@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    """Show each open program in a line, what was earned, what is promised, what waits."""
    at = shown_at()
    found = payee_home.home_for(request.user, at=at)
    pages = own_pages(found.payee.payee_id)
    page = _Page(at=at, language=get_language())
    shown = {
        "home": found,
        "pages": pages,
        "sums": [_sum(one, page) for one in found.sums],
        "promises": [_promise(one, page) for one in found.promises],
        "lines": [_line(one, page) for one in found.programs],
        "own_wins": [*_own_wins(found, pages["why"], page)],
        "others_wins": [_win(one, page) for one in found.others_wins],
    }
    return kept(request, render(request, "web/payee_home.html", shown))


@guarded(READ_HOME)
@require_safe
def draw_tickets(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Count the tickets of the payee in an open draw: the one thing the books do not hold.

    Asked for after the page has come, so that nobody waits for it.
    """
    viewer = request.user
    open_now = programs.programs_open_to(viewer, viewer.payee_id)
    program = next(
        (one.program for one in open_now if one.program.program_id == program_id), None
    )
    if program is None:
        message = f"no open program {program_id}"
        raise Http404(message)
    found = explanations.explanations_of(viewer, About(payee_id=viewer.payee_id))
    tickets = sum(one.due for one in found if one.program_id == program_id and one.is_draw)
    said = next_step(program, Standing(ticket_count=tickets))
    return render(request, "web/_draw_tickets.html", {"said": said})


@attrs.define(kw_only=True)
class _Page:
    """The moment and the language of one page, with the days worked out for it."""

    at: int
    language: str | None
    days: dict[tuple[int, str], dt.date] = attrs.field(factory=dict)

    def day(self, at: int, zone: str) -> dt.date:
        """Return the day of a moment in a zone."""
        found = self.days.get((at, zone))
        if found is None:
            found = self.days[at, zone] = local_day(at, zone)
        return found


@attrs.frozen(kw_only=True)
class _Card:
    """What a program says to everybody on one day, in one language."""

    program_id: str
    name: str
    tag: str
    is_open: bool
    rule: str
    is_draw: bool
    takes_claims: bool
    paused_because: str
    has_board: bool


@attrs.frozen
class _Terms:
    """Terms by their digest alone: equal digests, equal terms."""

    digest: str
    program: Program = attrs.field(eq=False)


@functools.lru_cache(maxsize=512)
def _card(
    terms: _Terms,
    today: dt.date,
    is_open: bool,
    takes_claims: bool,
    paused_because: str,
    language: str | None,  # noqa: ARG001 (the one that is spoken now)
) -> _Card:
    program = terms.program
    window = program.window
    return _Card(
        program_id=program.program_id,
        name=program.name,
        tag=days_left(window.ends_before, today)
        if is_open
        else _("opens %(day)s") % {"day": day(window.starts_on)},
        is_open=is_open,
        rule=rule_line(program),
        is_draw=isinstance(program.payout, Tickets),
        takes_claims=takes_claims and not paused_because,
        paused_because=paused_because,
        has_board=program.leaderboard is not None,
    )


@functools.lru_cache(maxsize=4096)
def _next(terms: _Terms, paid_count: int, capped_minor: int) -> str:
    """Say the next step of all who stand alike; amounts matter where terms limit them."""
    standing = Standing(paid_count=paid_count, entitled_minor=capped_minor)
    return next_step(terms.program, standing)


@functools.lru_cache(maxsize=512)
def _earned_with(number: int, language: str | None) -> str:  # noqa: ARG001 (as above)
    if not number:
        return _("Nothing earned yet")
    said = ngettext("Earned with %(shown)s event", "Earned with %(shown)s events", number)
    return said % {"shown": count(number)}


@functools.lru_cache(maxsize=512)
def _promised_by(promised_on: dt.date, language: str | None) -> str:
    return _("Promised by %(day)s") % {"day": day(promised_on, language)}


def _line(one: payee_home.OpenProgram, page: _Page) -> dict[str, Any]:
    """Return what a program's line shows: for everybody the card, beside it one's own."""
    program, standing, language = one.program, one.standing, page.language
    terms = _Terms(one.digest, program)
    capped = 0 if program.caps.payee_cap is None else standing.entitled_minor
    return {
        "card": _card(
            terms,
            page.day(page.at, program.window.zone),
            page.at >= program.window.starts_at,
            one.takes_claims,
            one.paused_because,
            language,
        ),
        "next": _next(terms, standing.paid_count, capped),
        "earned": _earned_with(standing.paid_count, language),
        "amount": money(standing.entitled_minor, program.currency, language),
    }


def _sum(one: payee_home.HomeSums, page: _Page) -> dict[str, Any]:
    currency, language = one.currency, page.language
    is_owing = one.provisional_minor < 0
    wanted_back = 0 if is_owing else one.wanted_back_minor
    return {
        "is_owing": is_owing,
        "provisional": money(one.provisional_minor, currency, language),
        "approved": money(one.approved_minor, currency, language),
        "paid": money(one.paid_minor, currency, language),
        "wanted_back": money(wanted_back, currency, language) if wanted_back else "",
    }


def _promise(one: Promise, page: _Page) -> dict[str, str]:
    return {
        "said": _promised_by(one.promised_on, page.language),
        "program": one.program_name,
        "amount": money(one.amount_minor, one.currency, page.language),
    }


def _own_wins(home: payee_home.Home, why: str, page: _Page) -> Iterator[dict[str, str]]:
    names, zone = home.account.program_names, home.account.zone
    for one in home.own_wins:
        source, event_id = quote(one.source, safe=""), quote(one.event_id, safe="")
        yield {
            "event_id": one.event_id,
            "why": f"{why}?source={source}&event={event_id}",
            "program": names.get(one.program_id, one.program_id),
            "day": day(page.day(one.effective_at, zone), page.language),
            "amount": signed_money(one.change_minor, one.currency, page.language),
        }


def _win(one: Win, page: _Page) -> dict[str, str]:
    amount = one.amount_minor
    return {
        "name": one.name,
        "firm": f"{one.firm_id} · " if one.firm_id else "",
        "program": one.program_name,
        "day": day(page.day(one.booked_at, one.zone), page.language),
        "amount": "" if amount is None else money(amount, one.currency, page.language),
    }
