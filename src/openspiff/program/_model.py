"""What does a program promise? Frozen terms; a value that exists is a value that is valid.

Amounts are minor units of the program's currency, rates and shares parts per million,
moments whole microseconds since 1970 UTC, exclusive ends are called `..._before`.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Final

import attrs

from openspiff.money import PPM, currency_exponent

from ._behavior import Audience, Behavior, Exclusions
from ._bounds import not_negative, positive
from ._leaderboard import Leaderboard
from ._payout import Caps, Clawback, Payout, SplitRule
from ._window import Window, day_start


class HoldoutUnit(StrEnum):
    """What is drawn by chance: single payees, or whole firms."""

    PAYEE = "payee"
    FIRM = "firm"


class Outcome(StrEnum):
    """What a measurement counts for each payee and week.

    UNITS are qualifying events, each with the payee's share: what the program pays for.
    """

    UNITS = "units"
    AMOUNT = "amount"
    MARGIN = "margin"


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
    `target_event_count` is how many qualifying events were planned for the window.
    `unit_margin_minor` is what one incremental unit is worth where events carry no margin.
    """

    outcome: Outcome = Outcome.UNITS
    baseline_weeks: int = attrs.field(default=13, validator=positive)
    horizon_weeks: int = attrs.field(default=8, validator=not_negative)
    announced_on: dt.date | None = None
    target_event_count: int | None = None
    unit_margin_minor: int | None = attrs.field(default=None, validator=not_negative)
    repeat_from_return_ppm: int = 0
    running_cost_minor: int = attrs.field(default=0, validator=not_negative)


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
    promised_days: int = attrs.field(default=14, validator=positive)
    holdout: Holdout | None = None
    measurement: MeasurementPlan = attrs.field(factory=MeasurementPlan)
    leaderboard: Leaderboard | None = None
    version: int = attrs.field(default=1, validator=positive)
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
            message = (
                "expected takes_recorded_from with every version after the first, "
                "and only there"
            )
            raise ValueError(message)

    @property
    def takes_recorded_from_at(self) -> int | None:
        """First recorded instant that this version takes; None for the first version."""
        day = self.takes_recorded_from
        return None if day is None else day_start(day, self.window.zone)
