"""How is the install doing, in figures that Prometheus collects?

Figures are kept in this process only where they may be read: see OPENSPIFF_METRICS_TOKEN
and OPENSPIFF_METRICS_FROM. Every label is a name that the code knows (a route, a method, a
status), so their number is bounded; none names a person.
"""

from __future__ import annotations

import hmac
import ipaddress
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

import attrs
from django.conf import settings
from django.http import HttpRequest

_SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
BEARER: Final = "Bearer "


@attrs.frozen
class Kept:
    """The figures of this process."""

    registry: Any
    requests: Any
    seconds: Any
    queries: Any


def are_on() -> bool:
    """Tell whether anybody may read figures, and the extra is there."""
    is_asked = settings.OPENSPIFF_METRICS_TOKEN or settings.OPENSPIFF_METRICS_FROM
    return bool(is_asked) and find_spec("prometheus_client") is not None


def may_read(request: HttpRequest) -> bool:
    """Tell whether a request shows the token, or comes straight from a named address.

    A request that a proxy passed on comes from anywhere: for it the address counts nothing.
    """
    token = settings.OPENSPIFF_METRICS_TOKEN
    shown = request.headers.get("Authorization", "")
    if token and shown.startswith(BEARER):
        return hmac.compare_digest(shown.removeprefix(BEARER).encode(), token.encode())
    if request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded"):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(
        address in ipaddress.ip_network(one, strict=False)
        for one in settings.OPENSPIFF_METRICS_FROM
    )


def count(*, method: str, route: str, status: int, seconds: float, queries: int) -> None:
    """Count one request."""
    if not are_on():
        return
    kept = figures()
    kept.requests.labels(method=method, route=route, status=str(status)).inc()
    kept.seconds.labels(route=route).observe(seconds)
    kept.queries.labels(route=route).inc(queries)


@cache
def figures() -> Kept:
    """Return the figures of this process, at zero when asked first."""
    from prometheus_client import CollectorRegistry, Counter, Histogram  # noqa: PLC0415

    registry = CollectorRegistry()
    labels = ("method", "route", "status")
    return Kept(
        registry=registry,
        requests=Counter(
            "openspiff_requests", "Requests that were answered", labels, registry=registry
        ),
        seconds=Histogram(
            "openspiff_request_seconds",
            "Seconds until a request was answered",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        ),
        queries=Counter(
            "openspiff_queries", "Statements to the database", ("route",), registry=registry
        ),
    )


def written(counts: dict[str, int]) -> bytes:
    """Return all figures as Prometheus reads them; `counts` are those of the books."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest  # noqa: PLC0415

    asked = CollectorRegistry()
    for name, number in counts.items():
        Gauge(f"openspiff_{name}", f"{name.replace('_', ' ')}", registry=asked).set(number)
    whole: bytes = generate_latest(figures().registry) + generate_latest(asked)
    return whole
