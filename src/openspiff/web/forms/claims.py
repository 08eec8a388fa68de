"""What does a claim ask? No more than the terms of its program look at."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _

from openspiff.money import MoneyError, to_minor
from openspiff.program import BandBy, Basis, MrrMultiple, Percent, Program

from .english import in_english

_TEXT: Final = 300
_NOTE: Final = 2_000
_MOST: Final = 1_000_000_000


class AmountField(forms.CharField):
    """An amount in major units, kept as minor units of its currency."""

    def __init__(self, *, currency: str, **options: Any) -> None:
        """Read amounts of `currency`."""
        self.currency = currency
        super().__init__(
            max_length=40,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **options,
        )

    def clean(self, value: Any) -> int | None:
        """Return minor units; None for nothing."""
        text = super().clean(value).replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
        if not text:
            return None
        if "," in text:
            raise ValidationError(_("Write it with a point and no comma: 1234.50"))
        try:
            amount = to_minor(text, self.currency)
        except MoneyError as error:
            raise ValidationError(in_english(error.message)) from None
        if amount < 0:
            raise ValidationError(_("Expected an amount of zero or more."))
        return amount


class ClaimSearchForm(forms.Form):
    """Words that one's own deal holds."""

    q = forms.CharField(max_length=200, required=False)


class FoundForm(forms.Form):
    """Which event of the feed a claim is about."""

    source = forms.CharField(max_length=_TEXT, required=False, strip=False)
    event = forms.CharField(max_length=_TEXT, required=False, strip=False)


class ManyFiles(forms.FileInput):
    """A choice of several files, or the camera."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Files as they are sent: a list of them."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files; what they hold is looked at when they are kept."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(FilesField, self).clean(one, initial) for one in given]


def _files(**options: Any) -> FilesField:
    accept = "image/*,.pdf,.doc,.docx,.xls,.xlsx,.ppt,.pptx,.odt,.ods,.odp,.txt,.eml,.msg"
    return FilesField(
        required=False,
        allow_empty_file=True,  # told with the others, by name
        widget=ManyFiles(attrs={"accept": accept, **options}),
    )


class ClaimForm(forms.Form):
    """The facts of a claim, the note and the evidence."""

    token = forms.CharField(max_length=64, widget=forms.HiddenInput)
    source = forms.CharField(
        max_length=_TEXT, required=False, strip=False, widget=forms.HiddenInput
    )
    event = forms.CharField(
        max_length=_TEXT, required=False, strip=False, widget=forms.HiddenInput
    )
    kept = forms.CharField(max_length=20_000, required=False, widget=forms.HiddenInput)
    # The signs of a duplicate that the payee has read.
    warned = forms.CharField(max_length=400, required=False, widget=forms.HiddenInput)
    customer = forms.CharField(
        max_length=_TEXT, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    occurred_on = forms.DateField(
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    deal_id = forms.CharField(
        max_length=_TEXT,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off"}),
    )
    quantity = forms.IntegerField(
        required=False, validators=[MinValueValidator(1), MaxValueValidator(_MOST)]
    )
    term_months = forms.IntegerField(
        required=False, validators=[MinValueValidator(0), MaxValueValidator(1_200)]
    )
    is_government = forms.BooleanField(required=False)
    note = forms.CharField(
        max_length=_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    evidence = _files()
    photo = _files(capture="environment")

    def __init__(self, *args: Any, program: Program, **options: Any) -> None:
        """Ask what the terms of `program` look at."""
        super().__init__(*args, **{"label_suffix": "", **options})
        self.program = program
        self._ask_amounts(program)
        self._ask_counts(program)
        for name, label in self._labels().items():
            if name in self.fields:
                self.fields[name].label = label
        for name in ("deal_id", "evidence", "photo", "note"):
            self.fields[name].widget.attrs["aria-describedby"] = f"about_{name}"

    def _ask_amounts(self, program: Program) -> None:
        behavior, payout = program.behavior, program.payout
        basis = payout.basis if isinstance(payout, Percent) else None
        wanted = {
            "amount": basis is Basis.AMOUNT
            or bool(behavior.min_amount_minor or behavior.min_margin_ppm),
            "mrr": basis is Basis.MRR or isinstance(payout, MrrMultiple),
            "margin": basis is Basis.MARGIN or bool(behavior.min_margin_ppm),
        }
        for name, is_needed in wanted.items():
            if is_needed or name == "amount":
                self.fields[name] = AmountField(
                    currency=program.currency, required=is_needed
                )

    def _ask_counts(self, program: Program) -> None:
        behavior, payout = program.behavior, program.payout
        by_seats = isinstance(payout, MrrMultiple) and payout.band_by is BandBy.SEATS
        if not (behavior.min_quantity or by_seats):
            del self.fields["quantity"]
        if behavior.min_term_months:
            self.fields["term_months"].required = True
        else:
            del self.fields["term_months"]
        if not program.exclusions.government:
            del self.fields["is_government"]
        self.fields["product_id"] = _choice(sorted(behavior.products.ids() or ()))
        if behavior.revenue_types:
            self.fields["revenue_type"] = _choice(behavior.revenue_types)

    def _labels(self) -> dict[str, str]:
        currency = {"currency": self.program.currency}
        return {
            "customer": _("Customer"),
            "occurred_on": _("Day it happened"),
            "deal_id": _("Deal number"),
            "product_id": _("Product"),
            "revenue_type": _("Kind of revenue"),
            "quantity": _("Quantity or seats"),
            "amount": _("Amount in %(currency)s") % currency,
            "mrr": _("Monthly recurring revenue in %(currency)s") % currency,
            "margin": _("Margin in %(currency)s") % currency,
            "term_months": _("Term in months"),
            "is_government": _("The customer is a government"),
            "note": _("Note"),
            "evidence": _("Files"),
            "photo": _("Photo"),
        }

    def clean_occurred_on(self) -> dt.date:
        """Refuse a day outside the window: it would never pay."""
        day: dt.date = self.cleaned_data["occurred_on"]
        window = self.program.window
        if not window.starts_on <= day < window.ends_before:
            last = window.ends_before - dt.timedelta(days=1)
            text = _("Only what happened from %(first)s to %(last)s counts.")
            raise ValidationError(text % {"first": window.starts_on, "last": last})
        return day

    @property
    def shown_fields(self) -> list[forms.BoundField]:
        """Return the fields for facts, in the order in which people know them."""
        names = (
            *("customer", "occurred_on", "product_id", "revenue_type", "amount", "mrr"),
            *("margin", "quantity", "term_months", "deal_id", "is_government"),
        )
        return [self[name] for name in names if name in self.fields]


def _choice(names: Any) -> forms.Field:
    if not names:
        return forms.CharField(max_length=_TEXT, required=False)
    choices = [(one, one) for one in names]
    return forms.ChoiceField(choices=[("", "…"), *choices] if len(choices) > 1 else choices)


class QueueForm(forms.Form):
    """Which claims of the queue are asked for."""

    q = forms.CharField(max_length=200, required=False)
    program = forms.CharField(max_length=200, required=False)
    firm = forms.CharField(max_length=200, required=False)
    state = forms.ChoiceField(required=False)
    days = forms.ChoiceField(required=False)
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer the states and ages in the reader's language."""
        super().__init__(*args, **{"label_suffix": "", **options})
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            ("waiting", _("Waiting")),
            ("approved", _("Approved")),
            ("rejected", _("Rejected")),
            ("withdrawn", _("Withdrawn")),
            ("all", _("All")),
        ]
        self.fields["days"].choices = [  # type: ignore[attr-defined]
            ("0", _("Any age")),
            ("3", _("3 days or more")),
            ("7", _("7 days or more")),
            ("14", _("14 days or more")),
        ]


class DecisionForm(forms.Form):
    """Which claims, as seen, are decided how, and why."""

    act = forms.ChoiceField(
        choices=[("approve", "approve"), ("reject", "reject"), ("undo", "undo")]
    )
    reason = forms.CharField(
        max_length=_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    template = forms.CharField(max_length=400, required=False)


class WithdrawForm(forms.Form):
    """Which revision of a claim its payee saw."""

    revision = forms.IntegerField(min_value=1, max_value=_MOST)


class DisputeForm(forms.Form):
    """Why a payee objects, and what shows it."""

    token = forms.CharField(max_length=64, widget=forms.HiddenInput)
    kept = forms.CharField(max_length=20_000, required=False, widget=forms.HiddenInput)
    reason = forms.CharField(max_length=_NOTE, widget=forms.Textarea(attrs={"rows": 5}))
    evidence = _files()


class AnswerForm(forms.Form):
    """How a dispute is answered, in a sentence."""

    answer = forms.ChoiceField(choices=[("upheld", "upheld"), ("declined", "declined")])
    sentence = forms.CharField(max_length=_NOTE, widget=forms.Textarea(attrs={"rows": 3}))
