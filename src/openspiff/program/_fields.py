"""Which keys does a program file have? One table of fields for each part of the terms.

Reading, writing, comparing and the reference pages all follow from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from openspiff.money import PPM

from . import _checks as checks
from ._behavior import Audience, Behavior, BehaviorKind, Exclusions, Products
from ._formats import (
    Context,
    Flaw,
    FlawsError,
    Format,
    amount,
    count,
    currency,
    day,
    mapping,
    rate,
    refuse,
    shown,
    slug,
    text,
    texts,
    word,
    yes_no,
    zone,
)
from ._leaderboard import Leaderboard, RankBy, RankShows, RankTies
from ._model import Holdout, HoldoutUnit, MeasurementPlan, Outcome, Program
from ._payout import (
    Band,
    BandBy,
    Basis,
    Caps,
    CapsOrder,
    Clawback,
    ClawbackShape,
    CountTiers,
    Flat,
    MrrMultiple,
    Percent,
    Prize,
    SplitRule,
    Tickets,
    Tier,
)
from ._tables import Field, Table, rows, table
from ._window import EarlyEnd, Window

_MAX_SEED: Final = 2**63 - 1
_MAX_DAYS: Final = 3650
_MAX_WEEKS: Final = 520


class PayoutKind(StrEnum):
    """The word for each class of payout."""

    FLAT = "flat"
    PERCENT = "percent"
    MRR_MULTIPLE = "mrr_multiple"
    COUNT_TIERS = "count_tiers"
    TICKETS = "tickets"


NAMES = texts('["GTX Pro"]')
PRODUCTS = table(
    Products,
    (
        Field("include", "include", NAMES),
        Field("families", "families", texts('["GTX"]')),
        Field("members", "members", mapping(NAMES, 'GTX = ["GTX Pro"]')),
        Field("aliases", "aliases", mapping(text('"GTX Pro"'), 'GTXPro = "GTX Pro"')),
    ),
    check=checks.product_flaws,
)
BEHAVIOR = table(
    Behavior,
    (
        Field("kind", "kind", word(BehaviorKind), is_required=True),
        Field("revenue_types", "revenue_types", texts('["license"]')),
        Field("min_amount", "min_amount_minor", amount(at_least=0)),
        Field("min_margin", "min_margin_ppm", rate("%", at_most=PPM)),
        Field("min_term", "min_term_months", count("months", larger="years", of=12)),
        Field("min_quantity", "min_quantity", count("units")),
        Field("new_customers_only", "new_customers_only", yes_no()),
        Field("once_per_customer", "once_per_customer", yes_no()),
        Field("products", "products", PRODUCTS),
    ),
)
EARLY_END = table(
    EarlyEnd,
    (
        Field(
            "notice_days",
            "notice_days",
            count("days", at_least=1, at_most=_MAX_DAYS, larger="weeks", of=7),
            is_required=True,
        ),
        Field("when_budget_is_spent", "when_budget_is_spent", yes_no()),
    ),
)
WINDOW = table(
    Window,
    (
        Field("zone", "zone", zone(), is_required=True),
        Field("starts_on", "starts_on", day(), is_required=True),
        Field("ends_before", "ends_before", day(), is_required=True),
        Field("reported_before", "reported_before", day()),
        Field("may_end_early", "may_end_early", EARLY_END),
    ),
    check=checks.window_flaws,
)
AUDIENCE = table(
    Audience,
    (
        Field("roles", "roles", texts('["account executive"]')),
        Field("tiers", "tiers", texts('["gold"]')),
        Field("regions", "regions", texts('["East"]')),
        Field("segments", "segments", texts('["public"]')),
        Field("firm_ids", "firm_ids", texts('["firm-1"]')),
    ),
)
EXCLUSIONS = table(
    Exclusions,
    (
        Field("government", "government", yes_no()),
        Field("customer_ids", "customer_ids", texts('["customer-1"]')),
        Field("firm_ids", "firm_ids", texts('["firm-1"]')),
    ),
)
_BAND_RATE = Field("multiple", "rate_ppm", rate("x"), is_required=True)
_BANDS = {
    BandBy.SEATS: table(
        Band, (Field("from", "from_size", count("seats"), is_required=True), _BAND_RATE)
    ),
    BandBy.MRR: table(
        Band, (Field("from", "from_size", amount(at_least=0), is_required=True), _BAND_RATE)
    ),
}
TIER = table(
    Tier,
    (
        Field("from", "from_count", count("events", at_least=1), is_required=True),
        Field("amount", "amount_minor", amount(at_least=0), is_required=True),
    ),
)
PRIZE = table(
    Prize,
    (
        Field("amount", "amount_minor", amount(), is_required=True),
        Field("winners", "winner_count", count("winners", at_least=1)),
    ),
)


def _multiple(band_by: BandBy) -> Table:
    size = "1" if band_by is BandBy.SEATS else '"0"'
    bands = rows(_BANDS[band_by], f'[{{ from = {size}, multiple = "3x" }}]')
    return table(
        MrrMultiple,
        (
            Field("band_by", "band_by", word(BandBy)),
            Field("bands", "bands", bands, is_required=True),
        ),
        check=checks.band_flaws,
        extra="kind",
    )


_MULTIPLES = {band_by: _multiple(band_by) for band_by in BandBy}
_PAYOUTS: Final[Mapping[PayoutKind, Table]] = {
    PayoutKind.FLAT: table(
        Flat, (Field("amount", "amount_minor", amount(), is_required=True),), extra="kind"
    ),
    PayoutKind.PERCENT: table(
        Percent,
        (
            Field("rate", "rate_ppm", rate("%", at_least=1), is_required=True),
            Field("basis", "basis", word(Basis)),
        ),
        check=checks.percent_flaws,
        extra="kind",
    ),
    PayoutKind.MRR_MULTIPLE: _MULTIPLES[BandBy.MRR],
    PayoutKind.COUNT_TIERS: table(
        CountTiers,
        (
            Field(
                "tiers",
                "tiers",
                rows(TIER, '[{ from = 1, amount = "100.00" }]'),
                is_required=True,
            ),
        ),
        check=checks.tier_flaws,
        extra="kind",
    ),
    PayoutKind.TICKETS: table(
        Tickets,
        (
            Field("tickets_per_event", "tickets_per_event", count("tickets", at_least=1)),
            Field(
                "prizes",
                "prizes",
                rows(PRIZE, '[{ amount = "3000.00", winners = 1 }]'),
                is_required=True,
            ),
        ),
        check=checks.prize_flaws,
        extra="kind",
    ),
}
_KIND = word(PayoutKind)


def _payout_table(kind: PayoutKind, band_by: object) -> Table:
    if kind is PayoutKind.MRR_MULTIPLE and band_by == BandBy.SEATS:
        return _MULTIPLES[BandBy.SEATS]
    return _PAYOUTS[kind]


def _read_payout(value: object, context: Context) -> Any:
    if not isinstance(value, Mapping):
        refuse(f"expected a table, got {shown(value)}", "write it as [payout]")
    if "kind" not in value:
        flaw = Flaw(("kind",), f"expected {_KIND.expected}, found nothing", "write kind")
        raise FlawsError([flaw])
    try:
        kind = _KIND.read(value["kind"], context)
    except FlawsError as error:
        raise FlawsError(error.within("kind")) from None
    return _payout_table(kind, value.get("band_by")).read(value, context)


def _write_payout(value: Any, context: Context) -> dict[str, Any]:
    kind = next(kind for kind, found in _PAYOUTS.items() if isinstance(value, found.cls))
    found = _payout_table(kind, getattr(value, "band_by", None))
    return {"kind": kind.value, **found.write(value, context)}


PAYOUT = Format(
    expected="a table", example='{ kind = "flat" }', read=_read_payout, write=_write_payout
)
_CAPS_ORDER = Field("order", "order", word(CapsOrder))
_MONEY_CAPS = table(
    Caps,
    (
        Field("payee_cap", "payee_cap", amount()),
        Field("budget", "budget", amount()),
        _CAPS_ORDER,
    ),
)
_TICKET_CAPS = table(
    Caps,
    (
        Field("payee_cap_tickets", "payee_cap", count("tickets", at_least=1)),
        Field("budget_tickets", "budget", count("tickets", at_least=1)),
        _CAPS_ORDER,
    ),
)


def _caps(context: Context) -> Table:
    return _TICKET_CAPS if context.is_draw else _MONEY_CAPS


CAPS = Format(
    expected="a table",
    example='{ budget = "50000.00" }',
    read=lambda value, context: _caps(context).read(value, context),
    write=lambda value, context: _caps(context).write(value, context),
)
CLAWBACK = table(
    Clawback,
    (
        Field("shape", "shape", word(ClawbackShape)),
        Field("days", "days", count("days", at_most=_MAX_DAYS)),
    ),
    check=checks.clawback_flaws,
)
HOLDOUT = table(
    Holdout,
    (
        Field(
            "share", "share_ppm", rate("%", at_least=1, at_most=PPM - 1), is_required=True
        ),
        Field("unit", "unit", word(HoldoutUnit)),
        Field("seed", "seed", count("", at_most=_MAX_SEED), is_required=True),
        Field("strata", "strata", texts('["region"]')),
    ),
    check=checks.holdout_flaws,
)
MEASUREMENT = table(
    MeasurementPlan,
    (
        Field("outcome", "outcome", word(Outcome)),
        Field(
            "baseline_weeks",
            "baseline_weeks",
            count("weeks", at_least=1, at_most=_MAX_WEEKS),
        ),
        Field("horizon_weeks", "horizon_weeks", count("weeks", at_most=_MAX_WEEKS)),
        Field("announced_on", "announced_on", day()),
        Field("target_events", "target_event_count", count("events", at_least=1)),
        Field("unit_margin", "unit_margin_minor", amount(at_least=0)),
        Field("repeat_from_return", "repeat_from_return_ppm", rate("%", at_least=-PPM)),
        Field("running_cost", "running_cost_minor", amount(at_least=0)),
    ),
)
LEADERBOARD = table(
    Leaderboard,
    (
        Field("rank_by", "rank_by", word(RankBy), is_required=True),
        Field("ties", "ties", word(RankTies)),
        Field("shows", "shows", word(RankShows)),
    ),
)
_CURRENCY = currency()
PROGRAM = table(
    Program,
    (
        Field("program_id", "program_id", slug(), is_required=True),
        Field("name", "name", text('"GTX Pro sprint"'), is_required=True),
        Field("currency", "currency", _CURRENCY, is_required=True),
        Field("version", "version", count("", at_least=1)),
        Field("takes_recorded_from", "takes_recorded_from", day()),
        Field("split", "split", word(SplitRule)),
        Field(
            "promised_days",
            "promised_days",
            count("days", at_least=1, at_most=_MAX_DAYS, larger="weeks", of=7),
        ),
        Field("behavior", "behavior", BEHAVIOR, is_required=True),
        Field("window", "window", WINDOW, is_required=True),
        Field("payout", "payout", PAYOUT, is_required=True),
        Field("audience", "audience", AUDIENCE),
        Field("exclusions", "exclusions", EXCLUSIONS),
        Field("caps", "caps", CAPS),
        Field("clawback", "clawback", CLAWBACK),
        Field("holdout", "holdout", HOLDOUT),
        Field("measurement", "measurement", MEASUREMENT),
        Field("leaderboard", "leaderboard", LEADERBOARD),
    ),
    check=checks.program_flaws,
)


VARIANTS: Final[Mapping[str, tuple[Table, ...]]] = {
    "payout": tuple(_PAYOUTS.values()),
    "caps": (_MONEY_CAPS, _TICKET_CAPS),
}
"""The tables of a program whose keys depend on the kind of payout."""


def context_of(terms: Mapping[str, Any], **settings: bool) -> Context:
    """Return what every value must know of the program it stands in."""
    payout = terms.get("payout")
    kind = payout.get("kind") if isinstance(payout, Mapping) else None
    try:
        code = _CURRENCY.read(terms.get("currency"), Context(currency=None))
    except FlawsError:
        code = None
    return Context(currency=code, is_draw=kind == PayoutKind.TICKETS, **settings)


def context_for(program: Program, **settings: bool) -> Context:
    """Return the same for a program that stands already."""
    is_draw = isinstance(program.payout, Tickets)
    return Context(currency=program.currency, is_draw=is_draw, **settings)
