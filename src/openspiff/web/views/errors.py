"""What is shown when something went wrong? A sentence, and a way on."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader


def server_error(_request: HttpRequest) -> HttpResponse:
    """Answer 503 when the database does not answer, 500 otherwise; ask it for nothing."""
    kind = sys.exc_info()[0]
    is_database = kind is not None and issubclass(kind, OperationalError | InterfaceError)
    page = loader.render_to_string("500.html", {"is_database": is_database})
    response = HttpResponse(page, status=503 if is_database else 500)
    if is_database:
        response["Retry-After"] = "30"
    return response
