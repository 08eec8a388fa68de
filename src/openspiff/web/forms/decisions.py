"""What is asked of somebody who decides, and of somebody who shares a report?"""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _, gettext_lazy, ngettext

_LONGEST: Final = 4_000
VERDICTS: Final = (
    ("repeat", gettext_lazy("Repeat it")),
    ("redesign", gettext_lazy("Redesign it")),
    ("retire", gettext_lazy("Retire it")),
    ("cannot_tell", gettext_lazy("We cannot tell")),
)


class VerdictForm(forms.Form):
    """A verdict with its reasons; one that the rule does not suggest says why."""

    verdict = forms.ChoiceField(
        choices=VERDICTS,
        label=gettext_lazy("What do we do with it?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of the four.")},
    )
    reasons = forms.CharField(
        max_length=_LONGEST,
        label=gettext_lazy("Why?"),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("A verdict has reasons.")},
    )
    deviates_because = forms.CharField(
        max_length=_LONGEST,
        required=False,
        label=gettext_lazy("Why otherwise than the rule suggests?"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    measurement_id = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    after_id = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, suggested: str = "", **named: Any) -> None:
        """Keep what the rule suggests, for a verdict that differs from it."""
        super().__init__(*arguments, **named)
        self._suggested = suggested

    def clean(self) -> dict[str, Any]:
        """Ask why for what the rule does not suggest."""
        found = super().clean() or self.cleaned_data
        verdict = found.get("verdict")
        if verdict and verdict != self._suggested and not found.get("deviates_because"):
            message = _("This is not what the rule suggests: say why.")
            self.add_error("deviates_because", message)
        return found


def _days(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}


class ShareForm(forms.Form):
    """For whom a link is, and for how long."""

    note = forms.CharField(
        max_length=200,
        label=gettext_lazy("For whom?"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say for whom the link is.")},
    )
    days = forms.TypedChoiceField(
        coerce=int,
        initial=30,
        label=gettext_lazy("It opens for"),
        widget=forms.RadioSelect,
    )
    measurement_id = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *arguments: Any, days: tuple[int, ...], **named: Any) -> None:
        """Offer the numbers of days that a link may last."""
        super().__init__(*arguments, **named)
        choices = [(count, _days(count)) for count in days]
        self.fields["days"].choices = choices  # type: ignore[attr-defined]
