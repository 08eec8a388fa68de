"""What may a payee and finance send about accounts and tax forms?"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from openspiff.ledger import BankAccount, BankAccountError, iban_account, us_account

from .english import in_english

ACCOUNT_KINDS: Final = ("iban", "us")
_LONGEST: Final = 100  # more than any number with its spaces; the check says the rest
_NUMBER: Final = {"autocomplete": "off", "spellcheck": "false"}


class PayoutMethodForm(forms.Form):
    """An account: an IBAN, or routing and account number of a bank in the United States.

    Only the fields of its kind are there; `account` is the checked one once it is valid.
    """

    holder = forms.CharField(
        max_length=_LONGEST,
        label=_("Account holder"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    iban = forms.CharField(
        max_length=_LONGEST,
        label=_("IBAN"),
        widget=forms.TextInput(attrs={**_NUMBER, "autocapitalize": "characters"}),
    )
    routing = forms.CharField(
        max_length=_LONGEST,
        label=_("Routing number"),
        widget=forms.TextInput(attrs={**_NUMBER, "inputmode": "numeric"}),
    )
    account = forms.CharField(
        max_length=_LONGEST,
        label=_("Account number"),
        widget=forms.TextInput(attrs={**_NUMBER, "inputmode": "numeric"}),
    )
    after_number = forms.IntegerField(
        min_value=0, max_value=1_000_000, widget=forms.HiddenInput
    )

    def __init__(self, data: Any, *, kind: str, initial: dict[str, Any]) -> None:
        """Keep the fields of the kind of account that is asked for."""
        super().__init__(data, initial=initial, label_suffix="")
        self.kind = kind if kind in ACCOUNT_KINDS else ACCOUNT_KINDS[0]
        for name in ("routing", "account") if self.kind == "iban" else ("iban",):
            del self.fields[name]
        self.checked: BankAccount | None = None

    def clean(self) -> dict[str, Any]:
        """Check the numbers; every problem stands at its field."""
        said = super().clean() or {}
        if self.errors:
            return said
        try:
            self.checked = (
                iban_account(holder=said["holder"], iban=said["iban"])
                if self.kind == "iban"
                else us_account(
                    holder=said["holder"],
                    routing=said["routing"],
                    account=said["account"],
                )
            )
        except BankAccountError as error:
            for one in error.problems:
                words = f"{one.message} ({one.remedy})" if one.remedy else one.message
                self.add_error(one.place, in_english(words[:1].upper() + words[1:] + "."))
        return said


class TaxStepForm(forms.Form):
    """One step of a tax form, as finance records it."""

    step = forms.ChoiceField(
        label=_("What happened"),
        choices=[
            ("received", _("Received")),
            ("verified", _("Verified")),
            ("rejected", _("Sent back")),
        ],
    )
    step_on = forms.DateField(
        label=_("On which day"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    note = forms.CharField(
        max_length=300, required=False, label=_("Note (needed when it is sent back)")
    )
    after_number = forms.IntegerField(
        min_value=0, max_value=1_000_000, widget=forms.HiddenInput
    )

    def __init__(self, data: Any, *, today: dt.date, initial: dict[str, Any]) -> None:
        """Offer today; a day to come is refused."""
        super().__init__(data, initial=initial, label_suffix="")
        self.today = today

    def clean_step_on(self) -> dt.date:
        """Refuse a day that has not come yet."""
        day: dt.date = self.cleaned_data["step_on"]
        if day > self.today:
            message = _("This day has not come yet.")
            raise forms.ValidationError(message)
        return day


class PageForm(forms.Form):
    """Which page of a list."""

    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)
