"""Which payee and which event are asked about?"""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class PayeeSearchForm(forms.Form):
    """Part of a payee's name or id, and which page of the answer."""

    q = forms.CharField(max_length=200, required=False, label=_("Name or id"))
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)


class EventForm(forms.Form):
    """Which event is asked about: the system it comes from and its name there."""

    source = forms.CharField(max_length=300, required=False, strip=False)
    event = forms.CharField(max_length=300, strip=False)
