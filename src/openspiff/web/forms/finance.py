"""What may finance ask for, and what does an act of finance need to be told?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_NUMBER = 1_000_000


def _day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        required=False,
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
    )


class BatchForm(forms.Form):
    """Which of what is owed a batch shall pay."""

    program = forms.MultipleChoiceField(
        required=False, label=_("Programs"), widget=forms.CheckboxSelectMultiple
    )
    firm = forms.CharField(
        required=False,
        max_length=2_000,
        label=_("Firms, by id"),
        widget=forms.TextInput(attrs={"placeholder": _("all; or north, south")}),
    )
    promised_by = _day_field(_("Promised by"))
    least = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=3,
        label=_("At least, for each payee"),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )

    def __init__(
        self, *args: Any, programs: Iterable[tuple[str, str]], **kwargs: Any
    ) -> None:
        """Offer the programs that may be chosen, (id, name) each."""
        super().__init__(*args, **kwargs)
        self.fields["program"].choices = list(programs)  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        """Return what is asked for, as the filters of a batch are called."""
        said = self.cleaned_data
        firms = [one.strip() for one in said["firm"].split(",")]
        return {
            "program_ids": tuple(said["program"]),
            "firm_ids": tuple(one for one in firms if one),
            "promised_by": said["promised_by"],
            "least": "" if not said["least"] else f"{said['least'].normalize():f}",
        }


class SeenForm(forms.Form):
    """The digest of what was seen, and what is said about it."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    note = forms.CharField(required=False, max_length=2_000, label=_("Reason"), strip=True)


class PayForm(forms.Form):
    """How the money was paid, outside of this program."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reference = forms.CharField(
        max_length=500,
        label=_("How it was paid"),
        help_text=_("Bank file, transfer number: what somebody finds it by later."),
    )


class HoldForm(forms.Form):
    """Whose money shall wait, why, and until when."""

    kind = forms.ChoiceField(
        label=_("What"),
        choices=[
            ("payee", _("A payee")),
            ("firm", _("A firm")),
            ("program", _("A program")),
        ],
    )
    held_id = forms.CharField(max_length=200, label=_("Its id"))
    reason = forms.CharField(
        max_length=1_000,
        label=_("Why"),
        help_text=_("Those who wait for the money read this."),
    )
    ends_before = _day_field(_("Until"))


class ReleaseForm(forms.Form):
    """Why money need no longer wait."""

    note = forms.CharField(required=False, max_length=1_000, label=_("Why"))


class LinesForm(forms.Form):
    """Part of a name or an id, and which page of the answer."""

    q = forms.CharField(max_length=200, required=False, label=_("Name or id"))
    page = forms.IntegerField(min_value=1, max_value=_NUMBER, required=False)


class MonthForm(forms.Form):
    """Which month, as `2026-03`, and whom in it."""

    month = forms.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$",
        required=False,
        label=_("Month"),
        widget=forms.TextInput(attrs={"type": "month"}),
    )
    q = forms.CharField(max_length=200, required=False, label=_("Name or id"))
    page = forms.IntegerField(min_value=1, max_value=_NUMBER, required=False)

    def month_on(self, today: dt.date) -> dt.date:
        """Return the first day of the month that is asked for, else of this one."""
        asked = self.cleaned_data.get("month") if self.is_valid() else ""
        first = dt.date.fromisoformat(f"{asked}-01") if asked else today
        return first.replace(day=1)


class RunForm(forms.Form):
    """Which run was seen before it is booked."""

    run_id = forms.CharField(max_length=40, widget=forms.HiddenInput)
