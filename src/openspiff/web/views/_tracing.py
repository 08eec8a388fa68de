"""Where does a request spend its time, across systems? One span each, by OpenTelemetry.

Off unless the standard variable OTEL_EXPORTER_OTLP_ENDPOINT (or ..._TRACES_ENDPOINT) is
set; the SDK reads all other OTEL_ variables itself. A span says the route, not the address.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest

_LOG: Final = logging.getLogger("openspiff.tracing")
_BROKEN: Final = 500
_TRACER: dict[str, Any] = {}


def start_if_asked() -> None:
    """Begin to send spans where the environment says so and the extra is there."""
    if not settings.OPENSPIFF_TRACING or _TRACER:
        return
    if find_spec("opentelemetry.sdk") is None:
        _LOG.warning(
            "tracing is asked for, the extra is missing: install openspiff[tracing]"
        )
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    start(BatchSpanProcessor(OTLPSpanExporter()))


def start(processor: Any) -> None:
    """Hand every span to a processor of the SDK."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 (an extra)
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415

    named = Resource.create()
    # What OTEL_SERVICE_NAME says goes before this name.
    if str(named.attributes.get("service.name", "unknown")).startswith("unknown"):
        named = named.merge(Resource({"service.name": "openspiff"}))
    provider = TracerProvider(resource=named)
    provider.add_span_processor(processor)
    _TRACER["tracer"] = provider.get_tracer("openspiff")


def stop() -> None:
    """Send no more spans."""
    _TRACER.clear()


@contextmanager
def span(request: HttpRequest) -> Iterator[Any]:
    """Measure the answer to a request, under the span of whoever called; None when off."""
    tracer = _TRACER.get("tracer")
    if tracer is None:
        yield None
        return
    from opentelemetry.propagate import extract  # noqa: PLC0415 (an extra)
    from opentelemetry.trace import SpanKind  # noqa: PLC0415

    caller = extract({name.lower(): value for name, value in request.headers.items()})
    with tracer.start_as_current_span(
        "request", context=caller, kind=SpanKind.SERVER
    ) as begun:
        yield begun


def end(begun: Any, *, method: str, route: str, status: int) -> None:
    """Say of a span what was asked and answered."""
    if begun is None:
        return
    from opentelemetry.trace import StatusCode  # noqa: PLC0415 (an extra)

    begun.update_name(f"{method} {route}")
    begun.set_attribute("http.request.method", method)
    begun.set_attribute("http.route", route)
    begun.set_attribute("http.response.status_code", status)
    if status >= _BROKEN:
        begun.set_status(StatusCode.ERROR)
