"""What do we pay for, and whom? The behavior, the products that count, the audience."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import attrs

from ._bounds import not_negative


class BehaviorKind(StrEnum):
    """What a program can pay for; one program pays for one of these."""

    DEAL_REGISTERED = "deal_registered"
    DEAL_WON = "deal_won"
    DEAL_ACTIVATED = "deal_activated"
    FIRST_INVOICE_PAID = "first_invoice_paid"
    DEMO_HELD = "demo_held"
    NOMINATION_ACCEPTED = "nomination_accepted"
    ACT_VERIFIED = "act_verified"


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

    def in_common(self, other: Products) -> frozenset[str] | None:
        """Return the ids that count under both; None when all count under both."""
        mine, theirs = self.ids(), other.ids()
        if mine is None or theirs is None:
            return theirs if mine is None else mine
        return mine & theirs


@attrs.frozen(kw_only=True)
class Behavior:
    """The thing we pay for, as a test on one event."""

    kind: BehaviorKind
    products: Products = attrs.field(factory=Products)
    revenue_types: tuple[str, ...] = ()
    min_amount_minor: int = attrs.field(default=0, validator=not_negative)
    min_margin_ppm: int = attrs.field(default=0, validator=not_negative)
    min_term_months: int = attrs.field(default=0, validator=not_negative)
    min_quantity: int = attrs.field(default=0, validator=not_negative)
    new_customers_only: bool = False
    once_per_customer: bool = False

    def meets(self, other: Behavior) -> bool:
        """Tell whether one event may be of both: the same kind, a product in common."""
        in_common = self.products.in_common(other.products)
        return self.kind is other.kind and (in_common is None or bool(in_common))


@attrs.frozen(kw_only=True)
class Exclusions:
    """Who never counts, whatever they do."""

    government: bool = True
    customer_ids: tuple[str, ...] = ()
    firm_ids: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Audience:
    """Who may earn; an empty tuple means anyone. Attributes hold on the event's day."""

    roles: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    firm_ids: tuple[str, ...] = ()
