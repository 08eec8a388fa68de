"""What can machines ask? The API's own document as a page, without a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from openspiff.web.access import SIGNED_IN

from ._doors import SignedInRequest, guarded


@guarded(SIGNED_IN)
@require_safe
def reference(
    request: SignedInRequest, schema_document: Callable[[], dict[str, Any]]
) -> HttpResponse:
    """Show every operation with its parameters, scope, answers and a call to copy."""
    return render(request, "web/api.html", {"document": schema_document()})
