"""What is asked of somebody who connects another system by webhooks?"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from openspiff.web.queries.webhooks import KINDS


class EndpointForm(forms.Form):
    """Who is told, where it stands, and of what."""

    label = forms.CharField(
        label=_("What is it called?"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    # A line of text, not Django's field for URLs: the wall says what is wrong with one.
    url = forms.CharField(
        label=_("Its address"),
        max_length=500,
        help_text=_("It begins with https:// and leads to a public address."),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Of what is it told?"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer every kind, in words."""
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [  # type: ignore[attr-defined]
            (kind, gettext(words)) for kind, words in KINDS.items()
        ]


class SourceForm(forms.Form):
    """By which name a system tells us of events."""

    name = forms.CharField(
        label=_("Its name"),
        max_length=60,
        help_text=_("Small letters, digits and -. It is the source of its events."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class OverlapForm(forms.Form):
    """For how many hours the old secret goes on beside the new one."""

    overlap_hours = forms.IntegerField(
        label=_("The old secret goes on for (hours)"),
        min_value=0,
        max_value=336,
        initial=24,
    )
