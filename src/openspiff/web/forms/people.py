"""What is asked of somebody who comes in, and of those who ask others in?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_LONGEST_PASSWORD = 1_000  # hashing a longer one would be work for a stranger


def _password(label: Any, *, complete: str = "current-password") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=_LONGEST_PASSWORD,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": complete}),
    )


class SignInForm(forms.Form):
    """A name and a password; which of the two is wrong is never said."""

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "username webauthn",
                "autocapitalize": "none",
                "autofocus": True,
            }
        ),
    )
    password = _password(_("Password"))


class ConfirmForm(forms.Form):
    """The password once more, before something that matters."""

    password = _password(_("Password"))


class CodeForm(forms.Form):
    """A code of an authenticator app, or a spare code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
                "class": "code",
            }
        ),
    )


class CredentialForm(forms.Form):
    """What a browser answers for a passkey, as JSON text."""

    credential = forms.CharField(max_length=20_000, widget=forms.HiddenInput)
    name = forms.CharField(max_length=80, required=False, label=_("Name of the passkey"))

    def clean_credential(self) -> Any:
        """Return the answer as plain values; raises ValidationError for no object."""
        try:
            said = json.loads(self.cleaned_data["credential"])
        except (ValueError, RecursionError) as error:
            raise forms.ValidationError(_("not an answer of a passkey")) from error
        if not isinstance(said, dict):
            raise forms.ValidationError(_("not an answer of a passkey"))
        return said


class NewPasswordForm(forms.Form):
    """A new password, by a link."""

    password = _password(_("New password"), complete="new-password")


class JoinForm(forms.Form):
    """The names and the password of somebody who was invited."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none"}
        ),
    )
    password = _password(_("Password"), complete="new-password")


class ChangePasswordForm(forms.Form):
    """The password of now and the next one."""

    old = forms.CharField(
        label=_("Password of now"),
        max_length=_LONGEST_PASSWORD,
        required=False,  # whoever comes from a sign-in provider may have none
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = _password(_("New password"), complete="new-password")


class ProfileForm(forms.Form):
    """The name and the address that one is known by."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.EmailField(label=_("Email"), required=False)


class SearchForm(forms.Form):
    """Part of a name, and which page of the answer."""

    q = forms.CharField(max_length=200, required=False, label=_("Name, address or role"))
    page = forms.IntegerField(min_value=1, max_value=1_000_000, required=False)


class RoleForm(forms.Form):
    """A role, and what it sees: a payee's user one payee, a firm owner's one firm."""

    role = forms.ChoiceField(label=_("Role"))
    payee_id = forms.CharField(
        label=_("Payee"),
        help_text=_("For a payee: the id on the roster"),
        max_length=200,
        required=False,
    )
    firm_id = forms.CharField(
        label=_("Firm"),
        help_text=_("For a firm owner: the id on the roster"),
        max_length=200,
        required=False,
    )

    def __init__(self, *args: Any, roles: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offer these roles."""
        super().__init__(*args, **kwargs)
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=list(roles))
        for name in ("payee_id", "firm_id"):
            field = self.fields[name]
            field.widget.attrs["aria-describedby"] = f"help_{name}"


class InviteForm(RoleForm):
    """Whom to ask, as what."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    email = forms.EmailField(label=_("Email"), required=False)
    field_order = ("name", "email", "role", "payee_id", "firm_id")


class InviteToFirmForm(forms.Form):
    """Whom a firm owner asks: one of the roster, or another owner (an empty choice)."""

    payee_id = forms.ChoiceField(label=_("Who"), required=False)
    name = forms.CharField(
        label=_("Name, for another owner"), max_length=200, required=False
    )

    def __init__(
        self, *args: Any, payees: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        """Offer these payees, by id and name."""
        super().__init__(*args, **kwargs)
        choices = [*payees, ("", str(_("Another owner of this firm")))]
        self.fields["payee_id"] = forms.ChoiceField(
            label=_("Who"), choices=choices, required=False
        )


class ConsentForm(forms.Form):
    """Who signs for the firm, and which word of the firm they have seen last."""

    name = forms.CharField(
        label=_("Your full name, as your signature"), max_length=200, strip=True
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)


class PaperConsentForm(ConsentForm):
    """The same from a signed paper: who signed it, and when."""

    name = forms.CharField(label=_("Who signed"), max_length=200)
    given_on = forms.DateField(
        label=_("Day of the signature"), widget=forms.DateInput(attrs={"type": "date"})
    )
