"""How much is paid? The kinds of payout, the limits, the split and the clawback."""

from __future__ import annotations

from enum import StrEnum

import attrs

from ._bounds import not_negative, positive


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


@attrs.frozen(kw_only=True)
class Flat:
    """The same amount for each qualifying event."""

    amount_minor: int = attrs.field(validator=positive)


@attrs.frozen(kw_only=True)
class Percent:
    """A share of the event's amount or margin."""

    rate_ppm: int = attrs.field(validator=positive)
    basis: Basis = Basis.AMOUNT


@attrs.frozen(kw_only=True)
class Band:
    """From this size on (seats, or MRR in minor units), this multiple (3x = 3,000,000)."""

    from_size: int = attrs.field(validator=not_negative)
    rate_ppm: int = attrs.field(validator=not_negative)


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

    from_count: int = attrs.field(validator=positive)
    amount_minor: int = attrs.field(validator=not_negative)


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

    amount_minor: int = attrs.field(validator=positive)
    winner_count: int = attrs.field(default=1, validator=positive)


@attrs.frozen(kw_only=True)
class Tickets:
    """Tickets for a draw; the prizes are drawn after the window by a committed seed."""

    tickets_per_event: int = attrs.field(default=1, validator=positive)
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

    payee_cap: int | None = attrs.field(default=None, validator=positive)
    budget: int | None = attrs.field(default=None, validator=positive)
    order: CapsOrder = CapsOrder.PAYEE_THEN_BUDGET


@attrs.frozen(kw_only=True)
class Clawback:
    """What a cancellation takes back; `days` belongs to CLIFF and PRO_RATA."""

    shape: ClawbackShape = ClawbackShape.FULL
    days: int = attrs.field(default=0, validator=not_negative)

    def __attrs_post_init__(self) -> None:
        """Refuse a cliff or a pro-rata term without its days."""
        needs = self.shape in {ClawbackShape.CLIFF, ClawbackShape.PRO_RATA}
        if needs != (self.days > 0):
            message = (
                f"expected days only and always with cliff and pro_rata, got {self.days}"
            )
            raise ValueError(message)
