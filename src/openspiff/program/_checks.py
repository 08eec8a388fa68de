"""Which terms contradict each other? One function for each table of a program file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from openspiff.money import MAX_MINOR, PPM

from ._formats import Flaw, near_miss, shown
from ._payout import Basis, ClawbackShape, Tickets
from ._tables import Found

STRATA: Final = ("role", "tier", "region", "segment")


def product_flaws(found: Found) -> Iterator[Flaw]:
    """Yield families without members and aliases that lead nowhere."""
    include, families = found["include"] or (), found["families"] or ()
    members, aliases = found["members"] or {}, found["aliases"] or {}
    if found.is_sure("families", "members"):
        for position, family in enumerate(families):
            if not members.get(family):
                remedy = f'list them: members.{family} = ["..."]'
                message = f"the family {shown(family)} has no members"
                near = near_miss(family, members, otherwise=remedy)
                yield Flaw(("families", position), message, near)
    if not found.is_sure("include", "families", "members", "aliases"):
        return
    if aliases and not include and not families:
        remedy = "name the products that count in include or families"
        yield Flaw(
            ("aliases",), "aliases change nothing where every product counts", remedy
        )
        return
    known = {*include, *(one for group in members.values() for one in group)}
    for alias, product in aliases.items():
        if product in aliases:
            message = f"{shown(product)} is an alias itself"
            yield Flaw(("aliases", alias), message, "name the product that it stands for")
        elif product not in known:
            message = f"{shown(product)} is no product named in include or members"
            near = near_miss(product, known - {alias}, otherwise="name it there")
            yield Flaw(("aliases", alias), message, near)


def window_flaws(found: Found) -> Iterator[Flaw]:
    """Yield days in the wrong order."""
    starts_on, ends_before = found["starts_on"], found["ends_before"]
    reported_before = found["reported_before"]
    if starts_on and ends_before and ends_before <= starts_on:
        message = f"expected a day after starts_on ({starts_on}), got {ends_before}"
        remedy = "it is the first day that no longer counts"
        yield Flaw(("ends_before",), message, remedy)
    if reported_before and ends_before and reported_before < ends_before:
        message = (
            f"expected {ends_before} (ends_before) or a later day, got {reported_before}"
        )
        remedy = "the last day of the window could not be reported otherwise"
        yield Flaw(("reported_before",), message, remedy)
    early = found["may_end_early"]
    if early and starts_on and ends_before:
        day_count = (ends_before - starts_on).days
        if early.notice_days >= day_count > 0:
            message = (
                f"expected fewer days than the window has ({day_count}), "
                f"got {early.notice_days}"
            )
            remedy = "it could never end early with such a long notice"
            yield Flaw(("may_end_early", "notice_days"), message, remedy)


def _rising(key: str, starts: Sequence[int]) -> Iterator[Flaw]:
    for position in range(1, len(starts)):
        if starts[position] <= starts[position - 1]:
            message = "expected a larger bound than in the entry before"
            yield Flaw((key, position, "from"), message, "put them in rising order")


def band_flaws(found: Found) -> Iterator[Flaw]:
    """Yield bands that do not rise, or pay nothing at all."""
    bands = found["bands"]
    if bands is None:
        return
    if not any(band.rate_ppm for band in bands):
        message = "expected at least one band with a multiple above zero"
        yield Flaw(("bands",), message, 'for example { from = 0, multiple = "3x" }')
    yield from _rising("bands", [band.from_size for band in bands])


def tier_flaws(found: Found) -> Iterator[Flaw]:
    """Yield tiers that do not start at 1, do not rise, or pay nothing at all."""
    tiers = found["tiers"]
    if tiers is None:
        return
    if not any(tier.amount_minor for tier in tiers):
        message = "expected at least one tier with an amount above zero"
        yield Flaw(("tiers",), message, 'for example { from = 1, amount = "100.00" }')
    elif tiers[0].from_count != 1:
        message = f"expected the first tier from 1, got {tiers[0].from_count}"
        remedy = 'add { from = 1, amount = "0" } when the first ones pay nothing'
        yield Flaw(("tiers", 0, "from"), message, remedy)
    yield from _rising("tiers", [tier.from_count for tier in tiers])


def percent_flaws(found: Found) -> Iterator[Flaw]:
    """Yield a share of a deal that is more than the deal."""
    rate, basis = found["rate_ppm"], found["basis"] or Basis.AMOUNT
    if rate and rate > PPM and basis is not Basis.MRR and found.is_sure("basis"):
        yield Flaw(("rate",), f"more than the whole {basis} would be paid", "at most 100%")


def prize_flaws(found: Found) -> Iterator[Flaw]:
    """Yield a draw without prizes, or with more than can be kept."""
    prizes = found["prizes"]
    if prizes is None:
        return
    if not prizes:
        remedy = 'for example { amount = "3000.00", winners = 1 }'
        yield Flaw(("prizes",), "expected at least one prize", remedy)
    if sum(prize.amount_minor * prize.winner_count for prize in prizes) > MAX_MINOR:
        yield Flaw(("prizes",), "all prizes together are more than can be kept")


def clawback_flaws(found: Found) -> Iterator[Flaw]:
    """Yield a cliff or pro rata without days, and days that belong to nothing."""
    if not found.is_sure("shape", "days"):
        return
    shape, days = found["shape"] or ClawbackShape.FULL, found["days"] or 0
    needs_days = shape in {ClawbackShape.CLIFF, ClawbackShape.PRO_RATA}
    if needs_days and not days:
        message = f"expected how many days a {shape} clawback runs, found nothing"
        yield Flaw(("days",), message, "write days = 180")
    if days and not needs_days:
        message = f"a {shape} clawback has no days"
        yield Flaw(("days",), message, 'remove it, or write shape = "cliff" or "pro_rata"')


def holdout_flaws(found: Found) -> Iterator[Flaw]:
    """Yield strata that payees do not have."""
    for position, name in enumerate(found["strata"] or ()):
        if name not in STRATA:
            message = f"expected one of {', '.join(STRATA)}, got {shown(name)}"
            yield Flaw(("strata", position), message, near_miss(name, STRATA))


def program_flaws(found: Found) -> Iterator[Flaw]:
    """Yield what is wrong between the tables."""
    yield from _version_flaws(found)
    window, plan = found["window"], found["measurement"]
    announced_on = plan and plan.announced_on
    if window and announced_on and announced_on > window.starts_on:
        message = (
            f"expected {window.starts_on} (window.starts_on) or an earlier day, "
            f"got {announced_on}"
        )
        remedy = "a program is announced before or when it starts"
        yield Flaw(("measurement", "announced_on"), message, remedy)
    audience, exclusions = found["audience"], found["exclusions"]
    if audience and exclusions:
        for firm_id in sorted({*audience.firm_ids} & {*exclusions.firm_ids}):
            position = exclusions.firm_ids.index(firm_id)
            message = f"{shown(firm_id)} is in the audience and excluded"
            remedy = "remove it from one of the two lists"
            yield Flaw(("exclusions", "firm_ids", position), message, remedy)
    payout, caps = found["payout"], found["caps"]
    early = window and window.may_end_early
    if early and early.when_budget_is_spent and found.is_sure("caps"):
        budget = caps and caps.budget
        if budget is None:
            place = ("window", "may_end_early", "when_budget_is_spent")
            remedy = "write a budget under [caps], or remove this key"
            yield Flaw(place, "there is no budget that could be spent", remedy)
    if isinstance(payout, Tickets) and found["leaderboard"] is not None:
        message = "places are by what is booked, and tickets are not on the books"
        yield Flaw(("leaderboard",), message, "remove it: chance decides a draw")
    if isinstance(payout, Tickets) and caps and caps.budget is not None:
        winners = sum(prize.winner_count for prize in payout.prizes)
        if caps.budget < winners:
            message = f"expected at least a ticket for each of {winners} prizes"
            remedy = "a draw limits its tickets here; its money is the sum of its prizes"
            yield Flaw(("caps", "budget_tickets"), message, remedy)


def _version_flaws(found: Found) -> Iterator[Flaw]:
    if not found.is_sure("version", "takes_recorded_from"):
        return
    number, from_day = found["version"] or 1, found["takes_recorded_from"]
    if number > 1 and from_day is None:
        message = f"version {number} does not say which events it takes"
        remedy = "write takes_recorded_from = 2026-01-31, the first day recorded under it"
        yield Flaw(("takes_recorded_from",), message, remedy)
    if number == 1 and from_day is not None:
        message = "the first version takes every event from the start"
        yield Flaw(("takes_recorded_from",), message, "remove it, or write version = 2")
    window = found["window"]
    deadline = window and window.reported_before
    if from_day and deadline and from_day >= deadline:
        message = (
            f"expected a day before {deadline} (window.reported_before), got {from_day}"
        )
        yield Flaw(("takes_recorded_from",), message, "this version would take no event")
