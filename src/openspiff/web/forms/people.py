"""What is asked of somebody who comes in?"""

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


class ConfirmForm(forms.Form):
    """The password once more, before something that matters."""

    password = forms.CharField(
        max_length=1_000,
        strip=False,
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "autofocus": True}
        ),
    )
