"""What may be sent? Plain forms, which refuse what no page can use."""

from __future__ import annotations

from django import forms


class SignInForm(forms.Form):
    """A name and a password; which of the two is wrong is never said."""

    username = forms.CharField(
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
        ),
    )
    password = forms.CharField(
        max_length=1_000,  # hashing a longer one would be work for a stranger
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PayeeSearchForm(forms.Form):
    """Part of a payee's name or id, and which page of the answer."""

    q = forms.CharField(max_length=200, required=False, label="Name or id")
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)


class EventForm(forms.Form):
    """Which event is asked about: the system it comes from and its name there."""

    source = forms.CharField(max_length=300, required=False, strip=False)
    event = forms.CharField(max_length=300, strip=False)
