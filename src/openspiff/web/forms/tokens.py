"""What is asked of somebody who makes a token for a machine?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class TokenForm(forms.Form):
    """For which machine, for what, and for how many days."""

    label = forms.CharField(
        label=_("For which machine?"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.IntegerField(label=_("For how many days?"), min_value=1, initial=90)
    scopes = forms.MultipleChoiceField(
        label=_("For what?"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, scopes: tuple[str, ...], **kwargs: Any) -> None:
        """Offer the scopes that the user may have."""
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(one, one) for one in scopes]  # type: ignore[attr-defined]
        self.fields["days"].max_value = settings.OPENSPIFF_TOKEN_DAYS  # type: ignore[attr-defined]
        self.fields["days"].widget.attrs["max"] = settings.OPENSPIFF_TOKEN_DAYS


class RotateForm(forms.Form):
    """For how many days the old token goes on beside the new one."""

    overlap_days = forms.IntegerField(
        label=_("The old token goes on for (days)"), min_value=0, max_value=30, initial=7
    )
