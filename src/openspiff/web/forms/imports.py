"""What is asked of somebody who imports: which files, which columns, which names?"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _, gettext_lazy as lazy

from openspiff.events import (
    DATE_FORMATS,
    EVENT_FIELDS,
    EVENT_KINDS,
    LIST_FIELDS,
    LIST_REQUIRED,
    MONEY_WAYS,
    STATUSES,
    Guess,
    Look,
    guess_statuses,
    mapping_text,
    words_of_column,
)

KINDS: Final = (
    ("events", lazy("Events: deals, orders, milestones")),
    ("roster", lazy("Roster: who the payees are")),
    ("products", lazy("Products: what can be sold")),
    ("rates", lazy("Exchange rates")),
)
KIND_NAMES: Final[Mapping[str, Any]] = {
    "deal_registered": lazy("Deal registered"),
    "deal_won": lazy("Deal won"),
    "deal_activated": lazy("Deal activated"),
    "first_invoice_paid": lazy("First invoice paid"),
    "demo_held": lazy("Demo held"),
    "nomination_accepted": lazy("Nomination accepted"),
    "act_verified": lazy("Reference act verified"),
}
FIELD_NAMES: Final = {
    "event_id": lazy("Id of the event"),
    "payee": lazy("Who is paid"),
    "occurred_at": lazy("Day it happened"),
    "amount": lazy("Amount"),
    "status": lazy("Status"),
    "product_id": lazy("Product"),
    "customer_id": lazy("Customer"),
    "firm_id": lazy("Firm"),
    "quantity": lazy("Quantity"),
    "currency": lazy("Currency"),
    "margin": lazy("Margin"),
    "mrr": lazy("Monthly recurring revenue"),
    "term_months": lazy("Term in months"),
    "kind": lazy("What happened"),
    "recorded_at": lazy("Day it was recorded"),
    "revision": lazy("Revision"),
    "revenue_type": lazy("Kind of revenue"),
    "is_new_customer": lazy("New customer, yes or no"),
    "is_government": lazy("Government, yes or no"),
    "subject_id": lazy("Deal behind it"),
    "payee_id": lazy("Id of the payee"),
    "name": lazy("Name"),
    "role": lazy("Role"),
    "tier": lazy("Tier"),
    "region": lazy("Region"),
    "segment": lazy("Segment"),
    "from": lazy("First day"),
    "before": lazy("First day after it"),
    "until": lazy("Last day"),
    "from_currency": lazy("From currency"),
    "to_currency": lazy("To currency"),
    "rate": lazy("Rate"),
}
_REQUIRED: Final = ("event_id", "payee", "occurred_at")
_FIRST: Final = 8
_SAMPLES: Final = {
    (".", ""): "1234.50",
    (".", ","): "1,234.50",
    (",", "."): "1.234,50",
    (",", ""): "1234,50",
    (",", " "): "1 234,50",
    (".", "'"): "1'234.50",
    (",", "'"): "1'234,50",
    (".", " "): "1 234.50",
}
_DAYS: Final = {"%d": "31", "%m": "12", "%Y": "2026", "%y": "26", "%b": "Dec"}


class NewImportForm(forms.Form):
    """What is imported, and from which system; the files come beside it."""

    kind = forms.ChoiceField(choices=KINDS, label=lazy("What is it?"))
    source = forms.CharField(
        max_length=60,
        required=False,
        label=lazy("Which system is it from?"),
        help_text=lazy("Such as crm. The same event from the same system is one event."),
    )


class ReadingForm(forms.Form):
    """How the file is written, where what was detected is wrong."""

    ENCODINGS: Final = (
        ("", lazy("as detected")),
        ("utf-8", "UTF-8"),
        ("cp1252", "Windows (cp1252)"),
        ("latin-1", "Latin 1"),
        ("utf-16", "UTF-16"),
        ("mac-roman", "Mac Roman"),
        ("cp437", "DOS (cp437)"),
    )
    DELIMITERS: Final = (
        ("", lazy("as detected")),
        (",", lazy("comma")),
        (";", lazy("semicolon")),
        ("\t", lazy("tab")),
        ("|", lazy("bar")),
    )
    encoding = forms.ChoiceField(
        choices=ENCODINGS, required=False, label=lazy("Characters")
    )
    delimiter = forms.ChoiceField(
        choices=DELIMITERS, required=False, label=lazy("Columns are parted by")
    )
    sheet = forms.CharField(max_length=100, required=False, label=lazy("Sheet"))

    def clean_delimiter(self) -> str:
        """Return the delimiter; a tab is no white space here."""
        return str(self.data.get("delimiter", ""))


def date_example(formats: str) -> str:
    """Return how a date is written by formats parted by `|`, for people."""
    told = []
    for one in formats.split("|"):
        text = "2026-12-31" if one == "ISO" else one
        for mark, shown in _DAYS.items():
            text = text.replace(mark, shown)
        for mark, shown in (("%H", "17"), ("%I", "05"), ("%M", "30"), ("%S", "00")):
            text = text.replace(mark, shown)
        told.append(text.replace("%p", "PM").replace("%B", "December"))
    return " / ".join(told)


class ColumnsForm(forms.Form):
    """Which column says what, and how dates, amounts and statuses are written."""

    source = forms.CharField(max_length=60, label=lazy("Source"))
    zone = forms.CharField(
        max_length=60, label=lazy("Time zone of its days"), initial="UTC"
    )
    date_format = forms.ChoiceField(required=False, label=lazy("A day is written"))
    money_way = forms.ChoiceField(required=False, label=lazy("An amount is written"))

    def __init__(self, *args: Any, look: Look, kind: str, **kwargs: Any) -> None:
        """Offer the columns of a file that was looked at for what `kind` needs."""
        super().__init__(*args, **kwargs)
        self.look = look
        self.kind = kind
        guess: Guess | None = kwargs.get("initial", {}).get("guess")
        names = EVENT_FIELDS if kind == "events" else LIST_FIELDS[kind]
        columns = [("", _("no column")), *((name, name) for name in look.header if name)]
        for name in names:
            self.fields[f"column_{name}"] = forms.ChoiceField(
                choices=columns,
                required=name in (_REQUIRED if kind == "events" else LIST_REQUIRED[kind]),
                label=FIELD_NAMES[name],
            )
        self._ways(guess)
        if kind == "events":
            self._constants()

    def _ways(self, guess: Guess | None) -> None:
        first = [*(guess.date_formats if guess else ())]
        said = str(self.initial.get("date_format", ""))
        dates = dict.fromkeys([*([said] if said else []), *first, *DATE_FORMATS])
        formats: Any = self.fields["date_format"]
        formats.choices = [(one, date_example(one)) for one in dates]
        ways = dict.fromkeys([*(guess.money_ways if guess else ()), *MONEY_WAYS])
        amounts: Any = self.fields["money_way"]
        amounts.choices = [("".join(one), _SAMPLES[one]) for one in ways]

    def _constants(self) -> None:
        kinds = [(one, KIND_NAMES[one]) for one in EVENT_KINDS]
        self.fields["constant_kind"] = forms.ChoiceField(
            choices=kinds, required=False, label=_("What happened, where no column says it")
        )
        self.fields["constant_currency"] = forms.RegexField(
            r"^[A-Z]{3}$",
            required=False,
            label=_("Currency, where no column says it"),
            widget=forms.TextInput(attrs={"maxlength": 3, "autocapitalize": "characters"}),
        )

    def first_rows(self) -> Iterator[tuple[forms.BoundField, list[str]]]:
        """Yield the fields that matter most with a few cells of their column."""
        yield from list(self._rows())[:_FIRST]

    def other_rows(self) -> Iterator[tuple[forms.BoundField, list[str]]]:
        """Yield the other fields."""
        yield from list(self._rows())[_FIRST:]

    def _rows(self) -> Iterator[tuple[forms.BoundField, list[str]]]:
        for name in self.fields:
            if name.startswith("column_"):
                column = str(self[name].value() or "")
                known = column in self.look.header
                cells = self.look.column(column) if known else []
                yield self[name], list(dict.fromkeys(cells))[:3]

    def word_rows(self) -> list[dict[str, Any]]:
        """Return each word of the status column with the status that it stands for."""
        column = str(self["column_status"].value() or "") if self.kind == "events" else ""
        guessed = guess_statuses(self.look, column)
        said: Mapping[str, str] = self.initial.get("words", {})
        return [
            {
                "word": word,
                "name": f"word:{word}",
                "value": self.data.get(f"word:{word}")
                or said.get(word.casefold(), guessed.get(word, "")),
                "number": number,
            }
            for number, word in enumerate(self._words(column))
        ]

    def _words(self, column: str) -> list[str]:
        return words_of_column(self.look, column) if column in self.look.header else []

    def clean(self) -> dict[str, Any]:
        """Refuse one column for two fields, and status words without a meaning."""
        cleaned: dict[str, Any] = super().clean() or {}
        seen: dict[str, str] = {}
        for name, column in list(cleaned.items()):
            if name.startswith("column_") and column:
                other = seen.setdefault(column, name)
                if other != name and {other, name} != {"column_event_id", "column_name"}:
                    self.add_error(name, _("This column is used twice."))
        if self.kind == "events":
            self._clean_events(cleaned)
        return cleaned

    def _clean_events(self, cleaned: dict[str, Any]) -> None:
        told = cleaned.get("column_currency") or cleaned.get("constant_currency")
        if not told and "constant_currency" not in self.errors:
            self.add_error("constant_currency", _("Which currency is it?"))
        words = {one["word"]: one["value"] for one in self.word_rows()}
        if cleaned.get("column_status") and not any(words.values()):
            message = _("Say what the words of this column mean.")
            if not words:
                message = _("This column holds too many different words.")
            self.add_error("column_status", message)
        cleaned["words"] = words

    def mapping_text(self, before: str = "") -> str:
        """Return the mapping as a file says it; names learned `before` are kept."""
        said = self.cleaned_data
        columns = {
            name.removeprefix("column_"): column
            for name, column in said.items()
            if name.startswith("column_") and column
        }
        rule = self.look.rule
        file = {
            "path": "*",
            "format": rule.format.value,
            "encoding": rule.encoding,
            "delimiter": rule.delimiter,
            "sheet": rule.sheet,
        }
        old = tomllib.loads(before) if before else {}
        kept = ("products", "payee_names", "firm_names")
        way = said.get("money_way") or "."
        table: dict[str, Any] = {
            "source": said["source"],
            "zone": said["zone"],
            "files": {"file": file},
            "columns": columns,
            "dates": {"formats": (said.get("date_format") or "ISO").split("|")},
            "money": {
                "decimal": way[:1],
                "thousands": way[1:],
                "signs": list(self._signs()),
                "parentheses": self._has_parentheses() or None,
            },
            **{name: old.get(name, {}) for name in kept},
        }
        if self.kind != "events":
            return mapping_text({"makes": self.kind, **table})
        return mapping_text(table | self._events(columns, said))

    def _events(self, columns: dict[str, str], said: dict[str, Any]) -> dict[str, Any]:
        constants = {
            "kind": "" if "kind" in columns else said.get("constant_kind"),
            "currency": "" if "currency" in columns else said.get("constant_currency"),
        }
        payee, status = columns.pop("payee"), columns.pop("status", "")
        told: dict[str, Any] = {"shares": {"payee": payee}}
        if status:
            meant = {
                meaning: [word for word, one in said["words"].items() if one == meaning]
                for meaning in STATUSES
            }
            told["status"] = {"column": status, **meant}
        else:
            constants["status"] = "done"
        if "kind" in columns:
            told["kind"] = {one: [one] for one in EVENT_KINDS}
        return {**told, "columns": columns, "constants": constants}

    def _amounts(self) -> list[str]:
        names = [
            self.cleaned_data.get(f"column_{one}") for one in ("amount", "margin", "mrr")
        ]
        return [text for name in names if name for text in self.look.column(name)]

    def _signs(self) -> Iterator[str]:
        texts = self._amounts()
        for sign in ("$", "€", "£", "¥", *("USD", "EUR", "GBP", "CHF")):
            if any(sign in text for text in texts):
                yield sign

    def _has_parentheses(self) -> bool:
        return any(text.startswith("(") for text in self._amounts())


def initial_of(text: str) -> dict[str, Any]:
    """Return what a plain mapping says as the initial values of a ColumnsForm."""
    table = tomllib.loads(text)
    found: dict[str, Any] = {
        f"column_{name}": column for name, column in table.get("columns", {}).items()
    }
    status, money = table.get("status", {}), table.get("money", {})
    if table.get("shares", {}).get("payee"):
        found["column_payee"] = table["shares"]["payee"]
    if status.get("column"):
        found["column_status"] = status["column"]
    found["words"] = {
        word.casefold(): meaning
        for meaning in STATUSES
        for word in _listed(status.get(meaning, []))
    }
    formats = _listed(table.get("dates", {}).get("formats", []))
    return found | {
        "source": table.get("source", ""),
        "zone": table.get("zone", "UTC"),
        "date_format": "|".join(formats) or "ISO",
        "money_way": money.get("decimal", ".") + money.get("thousands", ""),
        **{f"constant_{key}": one for key, one in table.get("constants", {}).items()},
    }


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def initial_of_guess(guess: Guess, *, source: str, zone: str) -> dict[str, Any]:
    """Return a guess as the initial values of a ColumnsForm."""
    return {
        **{f"column_{name}": column for name, column in guess.columns.items()},
        "guess": guess,
        "source": source,
        "zone": zone,
        "date_format": guess.date_formats[0] if guess.date_formats else "ISO",
        "money_way": "".join(guess.money_ways[0]) if guess.money_ways else ".",
        "constant_currency": guess.currency,
        "constant_kind": "deal_won",
    }
