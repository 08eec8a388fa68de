"""At which addresses does somebody come in?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import people

patterns = [
    path("", people.home, name="home"),
    path("sign-in/", people.sign_in, name="sign_in"),
    path("sign-out/", people.sign_out, name="sign_out"),
    path("confirm/", people.confirm_identity, name="confirm_identity"),
]
