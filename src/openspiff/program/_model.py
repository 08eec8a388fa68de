"""What does a program promise? Frozen terms; a value that exists is a value that is valid.

Amounts are minor units of the program's currency, rates and shares parts per million,
moments whole microseconds since 1970 UTC, exclusive ends are called `..._before`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs
from whenever import TimeZoneNotFoundError, ZonedDateTime

from openspiff.money import PPM, currency_exponent


class BehaviorKind(StrEnum):
    """What a program can pay for; one program pays for one of these."""

    DEAL_REGISTERED = "deal_registered"
    DEAL_WON = "deal_won"
    DEAL_ACTIVATED = "deal_activated"
    FIRST_INVOICE_PAID = "first_invoice_paid"
    DEMO_HELD = "demo_held"
    NOMINATION_ACCEPTED = "nomination_accepted"
    ACT_VERIFIED = "act_verified"


class Basis(StrEnum):
    """Which amount of an event a rate is taken of."""

    AMOUNT = "amount"
    MARGIN = "margin"
    MRR = "mrr"


class BandBy(StrEnum):
    """What chooses the band of a multiple."""

    SEATS = "seats"
    MRR = "mrr"


class CapsOrder(StrEnum):
    """Which limit is applied first; the second sees what the first left."""

    PAYEE_THEN_BUDGET = "payee_then_budget"
    BUDGET_THEN_PAYEE = "budget_then_payee"


class SplitRule(StrEnum):
    """How an event with several payees is divided."""

    BY_SHARE = "by_share"
    EQUALLY = "equally"


class ClawbackShape(StrEnum):
    """What is still due when an event is cancelled.

    FULL: nothing, whenever it is cancelled. CLIFF: nothing when cancelled within `days`
    of the event, everything after. PRO_RATA: the share of `days` that had passed.
    NONE: nothing is due, but what was already paid is not wanted back.
    """

    FULL = "full"
    CLIFF = "cliff"
    PRO_RATA = "pro_rata"
    NONE = "none"


class HoldoutUnit(StrEnum):
    """What is drawn by chance: single payees, or whole firms."""

    PAYEE = "payee"
    FIRM = "firm"


class Outcome(StrEnum):
    """What a measurement counts for each payee and week."""

    UNITS = "units"
    AMOUNT = "amount"
    MARGIN = "margin"


def _positive(_: object, attribute: attrs.Attribute[int], value: int | None) -> None:
    if value is not None and value <= 0:
        message = f"expected {attribute.name} above zero, got {value}"
        raise ValueError(message)


def _not_negative(_: object, attribute: attrs.Attribute[int], value: int | None) -> None:
    if value is not None and value < 0:
        message = f"expected {attribute.name} of zero or more, got {value}"
        raise ValueError(message)


@attrs.frozen(kw_only=True)
class Products:
    """Which products count, in every spelling; empty means all."""

    include: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    members: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict, hash=False)
    aliases: Mapping[str, str] = attrs.field(factory=dict, hash=False)

    def ids(self) -> frozenset[str] | None:
        """Return every product id that counts, aliases included; None when all count."""
        if not self.include and not self.families:
            return None
        named = {self.aliases.get(one, one) for one in self.include}
        named |= {
            self.aliases.get(m, m) for f in self.families for m in self.members.get(f, ())
        }
        return frozenset(
            named | {alias for alias, one in self.aliases.items() if one in named}
        )


@attrs.frozen(kw_only=True)
class Behavior:
    """The thing we pay for, as a test on one event."""

    kind: BehaviorKind
    products: Products = attrs.field(factory=Products)
    revenue_types: tuple[str, ...] = ()
    min_amount_minor: int = attrs.field(default=0, validator=_not_negative)
    min_margin_ppm: int = attrs.field(default=0, validator=_not_negative)
    min_term_months: int = attrs.field(default=0, validator=_not_negative)
    min_quantity: int = attrs.field(default=0, validator=_not_negative)
    new_customers_only: bool = False
    once_per_customer: bool = False


@attrs.frozen(kw_only=True)
class Exclusions:
    """Who never counts, whatever they do."""

    government: bool = True
    customer_ids: tuple[str, ...] = ()
    firm_ids: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Audience:
    """Who may earn; an empty tuple means anyone. Attributes are those on the event's day."""

    roles: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    firm_ids: tuple[str, ...] = ()


def day_start(day: dt.date, zone: str) -> int:
    """Return the first instant of a local day, in microseconds since 1970 UTC.

    A day whose midnight does not exist starts at its first instant. Raises ValueError for
    a zone that the IANA database does not know.
    """
    try:
        noon = ZonedDateTime(
            day.year, day.month, day.day, 12, tz=zone, disambiguation="compatible"
        )
    except TimeZoneNotFoundError:
        message = f"expected an IANA zone such as America/New_York, got {zone!r}"
        raise ValueError(message) from None
    return noon.start_of("day").timestamp(unit="microsecond")


@attrs.frozen(kw_only=True)
class Window:
    """The local days on which an event counts, and until when it may be reported."""

    zone: str
    starts_on: dt.date
    ends_before: dt.date
    reported_before: dt.date | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse windows that are empty, or that close for reporting before they end."""
        if self.ends_before <= self.starts_on:
            message = f"expected ends_before after starts_on, got {self.ends_before}"
            raise ValueError(message)
        if self.reported_before is not None and self.reported_before < self.ends_before:
            message = f"expected reported_before on or after ends_before, got {self.reported_before}"
            raise ValueError(message)
        day_start(self.starts_on, self.zone)

    @property
    def starts_at(self) -> int:
        """First instant that counts."""
        return day_start(self.starts_on, self.zone)

    @property
    def ends_at(self) -> int:
        """First instant that no longer counts."""
        return day_start(self.ends_before, self.zone)

    @property
    def reported_before_at(self) -> int | None:
        """First instant at which a report comes too late; None when there is no deadline."""
        return (
            None
            if self.reported_before is None
            else day_start(self.reported_before, self.zone)
        )


@attrs.frozen(kw_only=True)
class Flat:
    """The same amount for each qualifying event."""

    amount_minor: int = attrs.field(validator=_positive)


@attrs.frozen(kw_only=True)
class Percent:
    """A share of the event's amount or margin."""

    rate_ppm: int = attrs.field(validator=_positive)
    basis: Basis = Basis.AMOUNT


@attrs.frozen(kw_only=True)
class Band:
    """From this size on (seats, or MRR in minor units), this multiple (ppm: 3x = 3,000,000)."""

    from_size: int = attrs.field(validator=_not_negative)
    rate_ppm: int = attrs.field(validator=_not_negative)


@attrs.frozen(kw_only=True)
class MrrMultiple:
    """A multiple of monthly recurring revenue, by bands that cannot have gaps.

    Bands are lower bounds in rising order; below the first bound nothing is paid.
    """

    bands: tuple[Band, ...]
    band_by: BandBy = BandBy.MRR

    def __attrs_post_init__(self) -> None:
        """Refuse an empty or unordered list of bands."""
        starts = [band.from_size for band in self.bands]
        if not starts or starts != sorted(set(starts)):
            message = f"expected bands with rising lower bounds, got {starts}"
            raise ValueError(message)


@attrs.frozen(kw_only=True)
class Tier:
    """From a payee's n-th qualifying event on, this amount for each."""

    from_count: int = attrs.field(validator=_positive)
    amount_minor: int = attrs.field(validator=_not_negative)


@attrs.frozen(kw_only=True)
class CountTiers:
    """An amount for each event that depends on how many the payee already has.

    Tiers are lower bounds that start at 1 and rise, so there are no gaps.
    """

    tiers: tuple[Tier, ...]

    def __attrs_post_init__(self) -> None:
        """Refuse tiers that do not start at 1 or do not rise."""
        starts = [tier.from_count for tier in self.tiers]
        if not starts or starts[0] != 1 or starts != sorted(set(starts)):
            message = f"expected tiers whose lower bounds start at 1 and rise, got {starts}"
            raise ValueError(message)


@attrs.frozen(kw_only=True)
class Prize:
    """How many winners get this amount each."""

    amount_minor: int = attrs.field(validator=_positive)
    winner_count: int = attrs.field(default=1, validator=_positive)


@attrs.frozen(kw_only=True)
class Tickets:
    """Tickets for a draw; the prizes are drawn after the window by a committed seed."""

    tickets_per_event: int = attrs.field(default=1, validator=_positive)
    prizes: tuple[Prize, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse a draw without a prize."""
        if not self.prizes:
            message = "expected at least one prize"
            raise ValueError(message)


Payout = Flat | Percent | MrrMultiple | CountTiers | Tickets


@attrs.frozen(kw_only=True)
class Caps:
    """Limits in minor units (in tickets for a draw) and the order in which they apply."""

    payee_cap: int | None = attrs.field(default=None, validator=_positive)
    budget: int | None = attrs.field(default=None, validator=_positive)
    order: CapsOrder = CapsOrder.PAYEE_THEN_BUDGET


@attrs.frozen(kw_only=True)
class Clawback:
    """What a cancellation takes back; `days` belongs to CLIFF and PRO_RATA."""

    shape: ClawbackShape = ClawbackShape.FULL
    days: int = attrs.field(default=0, validator=_not_negative)

    def __attrs_post_init__(self) -> None:
        """Refuse a cliff or a pro-rata term without its days."""
        needs = self.shape in {ClawbackShape.CLIFF, ClawbackShape.PRO_RATA}
        if needs != (self.days > 0):
            message = (
                f"expected days only and always with cliff and pro_rata, got {self.days}"
            )
            raise ValueError(message)


@attrs.frozen(kw_only=True)
class Holdout:
    """Which share is kept out by chance, drawn within strata by a seed."""

    share_ppm: int
    unit: HoldoutUnit = HoldoutUnit.PAYEE
    seed: int = 0
    strata: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        """Refuse a share outside 0-100% and strata that payees do not have."""
        if not 0 < self.share_ppm < PPM:
            message = (
                f"expected a holdout share between 0 and 1, got {self.share_ppm / PPM}"
            )
            raise ValueError(message)
        unknown = set(self.strata) - {"role", "tier", "region", "segment"}
        if unknown:
            message = (
                f"expected strata among role, tier, region, segment, got {sorted(unknown)}"
            )
            raise ValueError(message)


@attrs.frozen(kw_only=True)
class MeasurementPlan:
    """How the program will be judged, said before it starts.

    `announced_on` begins the days that belong to neither baseline nor window.
    `unit_margin_minor` is what one incremental unit is worth where events carry no margin.
    """

    outcome: Outcome = Outcome.UNITS
    baseline_weeks: int = attrs.field(default=13, validator=_positive)
    horizon_weeks: int = attrs.field(default=8, validator=_not_negative)
    announced_on: dt.date | None = None
    unit_margin_minor: int | None = attrs.field(default=None, validator=_not_negative)
    repeat_from_return_ppm: int = 0
    running_cost_minor: int = attrs.field(default=0, validator=_not_negative)


_SLUG: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


@attrs.frozen(kw_only=True)
class Program:
    """One SPIFF: who is paid how much for which behavior, and when."""

    program_id: str
    name: str
    currency: str
    behavior: Behavior
    window: Window
    payout: Payout
    audience: Audience = attrs.field(factory=Audience)
    exclusions: Exclusions = attrs.field(factory=Exclusions)
    caps: Caps = attrs.field(factory=Caps)
    split: SplitRule = SplitRule.BY_SHARE
    clawback: Clawback = attrs.field(factory=Clawback)
    promised_days: int = attrs.field(default=14, validator=_positive)
    holdout: Holdout | None = None
    measurement: MeasurementPlan = attrs.field(factory=MeasurementPlan)
    version: int = attrs.field(default=1, validator=_positive)
    takes_recorded_from: dt.date | None = None
    """An amendment takes events recorded from this local day on (None: from the start)."""

    def __attrs_post_init__(self) -> None:
        """Refuse ids that are not slugs, unknown currencies, amendments without a day."""
        if not self.program_id or not set(self.program_id) <= _SLUG:
            message = (
                f"expected lower-case letters, digits and hyphens, got {self.program_id!r}"
            )
            raise ValueError(message)
        currency_exponent(self.currency)
        if (self.version > 1) != (self.takes_recorded_from is not None):
            message = "expected takes_recorded_from with every version after the first, and only there"
            raise ValueError(message)

    @property
    def takes_recorded_from_at(self) -> int | None:
        """First recorded instant that this version takes; None for the first version."""
        day = self.takes_recorded_from
        return None if day is None else day_start(day, self.window.zone)
