"""Which pages may a phone keep to be read offline? Those that say for whom they are."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.utils.crypto import salted_hmac

from ._doors import SignedInRequest

_SALT: Final = "openspiff.web.views._kept_offline"
READER: Final = "X-Openspiff-Reader"
"""A page with this header may be kept, and is thrown away when another reader comes."""


def kept(request: SignedInRequest, response: HttpResponse) -> HttpResponse:
    """Let the service worker keep a page for this reader, and nobody in between."""
    reader = salted_hmac(_SALT, str(request.user.pk)).hexdigest()
    response[READER] = reader[:16]
    response["Cache-Control"] = "private, no-cache"
    return response
