"""What do the columns of a chunk say about events?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from openspiff.errors import Problem
from openspiff.events._cells import (
    Failure,
    Memo,
    are_ids,
    are_needed_ids,
    checked_minor,
    choice_reader,
    count_reader,
    flag_reader,
    money_reader,
    named_reader,
    needed,
    number_reader,
    read_id,
    read_text,
)
from openspiff.events._forms import FORMS, minor_of
from openspiff.events._frame import Frame
from openspiff.events._id_watch import IdWatch
from openspiff.events._mapping import EVENT_KINDS, MONEY_FIELDS, EventMapping
from openspiff.events._moments import MomentReader
from openspiff.events._products import ProductReader
from openspiff.events._shape import STATUSES
from openspiff.events._shares import SharesReader
from openspiff.events._tables import EventFileError
from openspiff.money import MoneyError, currency_exponent

_FINAL: Final = ("done", "cancelled")
_TEXTS: Final = ("firm_id", "customer_id", "revenue_type")
Columns = dict[str, list[Any]]


def _read_currency(text: str) -> str | Failure:
    try:
        currency_exponent(text)
    except MoneyError as error:
        return Failure(error.message)
    return text


def _filled(
    frame: Frame,
    statuses: list[Any],
    values: list[Any],
    names: tuple[str, ...],
    default: int,
) -> list[Any]:
    """Fill in what open and lost events need not say; others must if a column is named."""
    if None not in values:
        return values
    filled = [default if value is None else value for value in values]
    if names:
        for index, value in enumerate(values):
            if value is None and statuses[index] in _FINAL:
                reason = f"expected a number for an event that is {statuses[index]}"
                frame.fault(index, names, "", Failure(reason))
    return filled


def _date_texts(
    frame: Frame, statuses: Sequence[Any], dates: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """Return the text of the date that counts for the status of each row, if one does."""
    columns = {status: frame.texts(names) for status, names in dates.items()}
    if len(set(dates.values())) == 1 and columns.keys() >= set(statuses):
        return next(iter(columns.values()))
    return [
        columns[status][index] if status in columns else ""
        for index, status in enumerate(statuses)
    ]


class FieldReader:
    """Turns frames into event columns by a mapping; what it remembers spans the chunks."""

    def __init__(self, mapping: EventMapping, products: ProductReader) -> None:
        """Make the readers of every field that the mapping names."""
        self.mapping = mapping
        self.products = products
        self.moments = MomentReader(mapping.dates)
        self.shares = SharesReader(mapping.shares, mapping.money, names=mapping.payee_names)
        self.zero_count = 0
        self.watches = {
            field: IdWatch()
            for field in ("event_id", "customer_id")
            if field in mapping.columns
        }
        self._moment_memo = Memo(self.moments)
        self._memos = self._make_memos()
        self._money: dict[tuple[str, str], Memo] = {}
        self._numbers = Memo(needed(number_reader(mapping.money), "a number"))
        self._list_prices = self._read_list_prices()

    def _make_memos(self) -> dict[str, Memo]:
        mapping = self.mapping
        statuses = (
            mapping.status.words if mapping.status else {one: one for one in STATUSES}
        )
        kinds = mapping.kinds or {one: one for one in EVENT_KINDS}
        flags = flag_reader(mapping.yes_words, mapping.no_words)
        counts = count_reader(mapping.money)
        return {
            "event_id": Memo(needed(read_id, "an id"), are_needed_ids),
            "subject_id": Memo(read_id, are_ids),
            "customer_id": Memo(read_id, are_ids),
            "firm_id": Memo(named_reader(read_text, mapping.firm_names, "firm")),
            "revenue_type": Memo(read_text),
            "product_id": Memo(self.products),
            "status": Memo(needed(choice_reader(dict(statuses), "status"), "a status")),
            "kind": Memo(needed(choice_reader(dict(kinds), "kind"), "a kind")),
            "currency": Memo(needed(_read_currency, "a currency")),
            "is_government": Memo(flags),
            "is_new_customer": Memo(flags),
            "quantity": Memo(counts),
            "term_months": Memo(counts),
            "revision": Memo(needed(self._revision, "a revision")),
        }

    def _revision(self, text: str) -> int | Failure:
        if text.isascii() and text.isdigit() and len(text) <= 18:  # noqa: PLR2004 (63 bits)
            return int(text)
        moment = self.moments(text)
        if isinstance(moment, int):
            return moment
        return Failure("expected a whole number or a date that tells the revision")

    def read(self, frame: Frame) -> Columns:
        """Return the columns of the events of a frame; faults are noted in it."""
        size = len(frame.numbers)
        columns: Columns = {"event_id": self._field(frame, "event_id", "", size)}
        subjects = self._field(frame, "subject_id", "", size)
        pairs = zip(subjects, columns["event_id"], strict=True)
        columns["subject_id"] = [subject or event_id for subject, event_id in pairs]
        for field in _TEXTS:
            columns[field] = self._field(frame, field, "", size)
        columns["product_id"] = self._field(frame, "product_id", "", size)
        if "product_id" in self.mapping.columns:
            self.products.count(frame.texts(self.mapping.columns["product_id"]))
        columns["kind"] = self._field(frame, "kind", "", size)
        columns["status"] = self._status(frame, size)
        columns["is_government"] = [
            bool(one) for one in self._field(frame, "is_government", False, size)
        ]
        columns["is_new_customer"] = self._field(frame, "is_new_customer", None, size)
        columns["currency"] = self._field(frame, "currency", "", size)
        self._moments(frame, columns)
        self._amounts(frame, columns)
        columns["term_months"] = self._field(frame, "term_months", None, size)
        columns["said_revision"] = self._field(frame, "revision", None, size)
        columns["shares"] = self.shares.read(frame)
        for field, watch in self.watches.items():
            watch.see(columns[field])
        return columns

    def _field(self, frame: Frame, field: str, default: Any, size: int) -> list[Any]:
        names = self.mapping.columns.get(field)
        if names is None:
            return [self.mapping.constants.get(field, default)] * size
        return frame.read(names, self._memos[field])

    def _status(self, frame: Frame, size: int) -> list[Any]:
        rule = self.mapping.status
        if rule is None:
            return self._field(frame, "status", "", size)
        return frame.read(rule.columns, self._memos["status"])

    def _moments(self, frame: Frame, columns: Columns) -> None:
        statuses, mapped = columns["status"], self.mapping.columns
        recorded = mapped.get("recorded_at")
        size = len(statuses)
        columns["recorded_at"] = (
            frame.read(recorded, self._moment_memo) if recorded else [None] * size
        )
        dates = self.mapping.status.dates if self.mapping.status else {}
        if "occurred_at" in mapped:
            dates = dict.fromkeys(STATUSES, mapped["occurred_at"])
        columns["occurred_at"] = self._occurred(frame, statuses, dates)

    def _occurred(
        self, frame: Frame, statuses: list[Any], dates: Mapping[str, tuple[str, ...]]
    ) -> list[Any]:
        """Return when each event happened, by the date of the status that it has."""
        texts = _date_texts(frame, statuses, dates)
        values = self._moment_memo.all(texts)
        if None not in values and not self._moment_memo.has_failed:
            return values
        for index, status in enumerate(statuses):
            if values[index] is None and status != "open" and type(status) is str:
                values[index] = Failure(f"expected the date of an event that is {status}")
            if type(values[index]) is Failure:
                names = dates.get(status, ("occurred_at",))
                frame.fault(index, names, texts[index], values[index])
        return values

    def _amounts(self, frame: Frame, columns: Columns) -> None:
        for field in MONEY_FIELDS:
            if field in self.mapping.computed:
                values = self._computed(frame, field, columns)
            else:
                values = self._read_money(frame, field, columns["currency"])
            columns[f"{field}_minor"] = values
        computed = self.mapping.computed.get("amount")
        names = tuple(computed.columns.values()) if computed else ()
        names = names or self.mapping.columns.get("amount", ())
        amounts = columns["amount_minor"]
        if names and 0 in amounts:
            pairs = zip(amounts, columns["status"], strict=True)
            self.zero_count += sum(one == 0 and status == "done" for one, status in pairs)
        columns["amount_minor"] = _filled(frame, columns["status"], amounts, names, 0)
        counts = self._field(frame, "quantity", 1, len(amounts))
        names = self.mapping.columns.get("quantity", ())
        columns["quantity"] = _filled(frame, columns["status"], counts, names, 1)
        if self._list_prices:
            columns["list_price_minor"] = self._listed(frame, columns)

    def _listed(self, frame: Frame, columns: Columns) -> list[Any]:
        """Return what the products of the events cost by the list, times their quantity."""
        values: list[Any] = []
        for index, product in enumerate(columns["product_id"]):
            price = self._list_prices.get(product) if type(product) is str else None
            quantity, currency = columns["quantity"][index], columns["currency"][index]
            if price is None or type(quantity) is not int or type(currency) is not str:
                values.append(None)
                continue
            minor = minor_of(price * quantity, currency_exponent(currency))
            value = checked_minor(minor, may_be_negative=False)
            if type(value) is Failure:
                names = self.mapping.columns.get("product_id", ("product_id",))
                frame.fault(index, names, str(product), value)
            values.append(value)
        return values

    def _read_list_prices(self) -> dict[str, Fraction]:
        texts = self.products.list_prices
        read = {name: self._numbers[text] for name, text in texts.items()}
        place = f"{self.mapping.place} products.list_price"
        problems = [
            Problem(place, f"{name}: {texts[name]!r} is no number of zero or more")
            for name, value in read.items()
            if type(value) is Failure or value < 0
        ]
        if problems:
            raise EventFileError("the list prices of products cannot be read", problems)
        return {name: Fraction(value) for name, value in read.items()}

    def _memo_of(self, field: str, currency: str) -> Memo:
        key = field, currency
        if key not in self._money:
            is_free = field == "margin"
            read = money_reader(self.mapping.money, currency, may_be_negative=is_free)
            self._money[key] = Memo(read)
        return self._money[key]

    def _read_money(self, frame: Frame, field: str, currencies: Sequence[Any]) -> list[Any]:
        names = self.mapping.columns.get(field)
        if names is None:
            return [None] * len(currencies)
        if "currency" not in self.mapping.columns:
            currency = str(self.mapping.constants["currency"])
            return frame.read(names, self._memo_of(field, currency))
        values: list[Any] = []
        for index, text in enumerate(frame.texts(names)):
            currency = currencies[index]
            value = self._memo_of(field, currency)[text] if type(currency) is str else 0
            if type(value) is Failure:
                frame.fault(index, names, text, value)
            values.append(value)
        return values

    def _computed(self, frame: Frame, field: str, columns: Columns) -> list[Any]:
        rule = self.mapping.computed[field]
        form = FORMS[rule.form]
        names = tuple(rule.columns[name] for name in form.names)
        may_be_negative = field == "margin"
        values: list[Any] = []
        texts = [frame.columns[name] for name in names]
        for index, row in enumerate(zip(*texts, strict=True)):
            currency = columns["currency"][index]
            numbers = [self._numbers[text] for text in row]
            value: Any = next((one for one in numbers if type(one) is Failure), None)
            if not any(row) and columns["status"][index] not in _FINAL:
                values.append(None)
                continue
            if value is None and type(currency) is str:
                try:
                    exact = form.compute(*map(Fraction, numbers))
                except ZeroDivisionError:
                    value = Failure("expected a number above zero to divide by")
                else:
                    minor = minor_of(exact, currency_exponent(currency))
                    value = checked_minor(minor, may_be_negative=may_be_negative)
            if type(value) is Failure:
                frame.fault(index, names, " | ".join(row), value)
            values.append(value)
        return values
