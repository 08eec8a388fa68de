"""What does a mapping say? Which cells of somebody's files make an event."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import attrs

EVENT_KINDS: Final = (
    "deal_registered",
    "deal_won",
    "deal_activated",
    "first_invoice_paid",
    "demo_held",
    "nomination_accepted",
    "act_verified",
)
"""What a program can pay for (the program room's BehaviorKind, which is not imported)."""

TEXT_FIELDS: Final = (
    "subject_id",
    "kind",
    "status",
    "firm_id",
    "customer_id",
    "product_id",
    "revenue_type",
    "currency",
)
FLAG_FIELDS: Final = ("is_government", "is_new_customer")
INSTANT_FIELDS: Final = ("occurred_at", "recorded_at")
COUNT_FIELDS: Final = ("quantity", "term_months")
MONEY_FIELDS: Final = ("amount", "list_price", "margin", "mrr")
FIELDS: Final = (
    "event_id",
    *TEXT_FIELDS,
    *FLAG_FIELDS,
    *INSTANT_FIELDS,
    *COUNT_FIELDS,
    *MONEY_FIELDS,
    "revision",
)
"""Every name that `[columns]` may give a column to."""

CONSTANT_FIELDS: Final = (
    *(one for one in TEXT_FIELDS if one != "subject_id"),
    *FLAG_FIELDS,
    *COUNT_FIELDS,
)
ROSTER_FIELDS: Final = ("name", "firm_id", "role", "tier", "region", "segment")

YES_WORDS: Final = frozenset({"true", "yes", "y", "1"})
NO_WORDS: Final = frozenset({"false", "no", "n", "0"})

Columns = tuple[str, ...]
"""Columns of the joined row; the texts of several are joined by a slash."""


class FileFormat(StrEnum):
    """What kind of file it is; by its ending when not said."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


class Unmatched(StrEnum):
    """What becomes of a row whose key is not in the joined file."""

    REJECT = "reject"
    EMPTY = "empty"


class Unmapped(StrEnum):
    """What becomes of a row whose product is neither listed nor an alias."""

    KEEP = "keep"
    REJECT = "reject"


class Gap(StrEnum):
    """What a local time means that the clocks skipped: moved on by the gap, or refused."""

    LATER = "later"
    REJECT = "reject"


class Repeat(StrEnum):
    """What a local time means that the clocks showed twice."""

    EARLIER = "earlier"
    LATER = "later"
    REJECT = "reject"


class Units(StrEnum):
    """Whether amounts are written in dollars or in cents."""

    MAJOR = "major"
    MINOR = "minor"


@attrs.frozen(kw_only=True)
class FileRule:
    """One file of the source: `path` is a name or a pattern such as `sales_*.csv`."""

    role: str
    path: str
    format: FileFormat
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""


@attrs.frozen(kw_only=True)
class Join:
    """A look-up: columns of `role` come in as `prefix` + name where the key columns agree.

    `on` maps a column of the row so far to a column of the file.
    """

    role: str
    on: Mapping[str, str]
    prefix: str
    unmatched: Unmatched = Unmatched.REJECT


@attrs.frozen(kw_only=True)
class SharesRule:
    """Who is paid and in what shares: several columns, or one column with a list.

    Without `shares` the payees of several columns share equally. A list is cut at
    `between`, and each part at `before_share`. Shares must sum to `total`.
    """

    payees: Columns
    shares: Columns = ()
    is_list: bool = False
    between: str = ";"
    before_share: str = ":"
    total: int = 100


@attrs.frozen(kw_only=True)
class StatusRule:
    """Which words mean which status, and which date column then says when."""

    columns: Columns
    words: Mapping[str, str]
    dates: Mapping[str, Columns]


@attrs.frozen(kw_only=True)
class ProductRule:
    """Which products are known; `ids` and a column of a file add up.

    `list_price` is a column of the same file: what one unit costs before any discount.
    """

    role: str = ""
    column: str = ""
    ids: tuple[str, ...] = ()
    aliases: Mapping[str, str] = attrs.field(factory=dict)
    refused: tuple[str, ...] = ()
    unmapped: Unmapped = Unmapped.KEEP
    list_price: str = ""


@attrs.frozen(kw_only=True)
class NameRule:
    """What names in a file stand for: another spelling, somebody known, or a reject."""

    aliases: Mapping[str, str] = attrs.field(factory=dict)
    known: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class DateRule:
    """How dates are written (ISO when `formats` is empty) and what local times mean."""

    zone: str
    formats: tuple[str, ...] = ()
    skipped: Gap = Gap.LATER
    repeated: Repeat = Repeat.EARLIER


@attrs.frozen(kw_only=True)
class MoneyRule:
    """How numbers are written."""

    decimal: str = "."
    thousands: str = ""
    signs: tuple[str, ...] = ()
    has_parentheses: bool = False
    units: Units = Units.MAJOR


@attrs.frozen(kw_only=True)
class ComputedRule:
    """An amount that is not in the file but follows from columns, by one of FORMS."""

    form: str
    columns: Mapping[str, str]


@attrs.frozen(kw_only=True)
class RosterRule:
    """Which file lists the payees, and which columns say what they are, and since when.

    `from_column` holds the first day of a span, `before_column` the first day after it,
    `until_column` its last day; where empty the span is open.
    """

    role: str
    payee_id: Columns
    columns: Mapping[str, Columns]
    constants: Mapping[str, str]
    from_column: str = ""
    before_column: str = ""
    until_column: str = ""


@attrs.frozen(kw_only=True)
class EventMapping:
    """Everything that is needed to read the files of one source as events."""

    source: str
    main: str
    files: Mapping[str, FileRule]
    joins: tuple[Join, ...]
    columns: Mapping[str, Columns]
    constants: Mapping[str, str | int | bool]
    shares: SharesRule
    dates: DateRule
    money: MoneyRule
    status: StatusRule | None = None
    kinds: Mapping[str, str] | None = None
    products: ProductRule | None = None
    payee_names: NameRule = attrs.field(factory=NameRule)
    firm_names: NameRule = attrs.field(factory=NameRule)
    computed: Mapping[str, ComputedRule] = attrs.field(factory=dict)
    yes_words: frozenset[str] = YES_WORDS
    no_words: frozenset[str] = NO_WORDS
    roster: RosterRule | None = None
    place: str = "mapping"
