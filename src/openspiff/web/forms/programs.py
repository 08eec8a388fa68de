"""What does a manager fill in to draft, launch, pause, end or clone a program?"""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

LARGEST: Final = 1_000_000
"""A program file of more characters is refused, as the reader of files does."""


class DraftForm(forms.Form):
    """The text of a program file, and which draft it was made from."""

    text = forms.CharField(
        max_length=LARGEST,
        strip=False,
        label=_("Program file"),
        widget=forms.Textarea({"rows": 34, "spellcheck": "false", "autocomplete": "off"}),
    )
    seen = forms.CharField(max_length=300, required=False, widget=forms.HiddenInput)

    def clean_text(self) -> str:
        """Return the text with the line ends that files have; browsers send others."""
        text: str = self.cleaned_data["text"]
        return text.replace("\r\n", "\n").replace("\r", "\n")


class UploadForm(forms.Form):
    """A program file from one's own disk."""

    file = forms.FileField(label=_("Program file (.toml)"))


class LaunchForm(forms.Form):
    """What was seen in the preview, and that its consequences are meant."""

    seen_mark = forms.CharField(max_length=64, widget=forms.HiddenInput)
    is_meant = forms.BooleanField(label=_("I have read what a launch freezes."))


class PauseForm(forms.Form):
    """Why no claims are taken for a while."""

    reason = forms.CharField(
        max_length=300,
        label=_("Reason, as payees will read it"),
        widget=forms.Textarea({"rows": 3}),
    )


class EndForm(forms.Form):
    """The first day on which events no longer count, and that this is meant."""

    ends_before = forms.DateField(
        label=_("First day that no longer counts"),
        widget=forms.DateInput({"type": "date"}),
    )
    is_meant = forms.BooleanField(label=_("I know that this cannot be taken back."))


class CloseForm(forms.Form):
    """That the program is to be closed."""

    is_meant = forms.BooleanField(label=_("I know that this cannot be taken back."))


class CloneForm(forms.Form):
    """What the new program is called, and how much later it runs."""

    MONTHS: Final[Any] = [
        (3, _("a quarter later")),
        (6, _("half a year later")),
        (12, _("a year later")),
    ]

    program_id = forms.SlugField(max_length=200, label=_("Id, for its addresses"))
    name = forms.CharField(max_length=200, label=_("Name"))
    months = forms.TypedChoiceField(choices=MONTHS, coerce=int, label=_("When"))
