"""Which places does the bar at the top lead to? Those that the viewer's role may enter."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote

import attrs
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import escape, format_html_join
from django.utils.http import RFC3986_SUBDELIMS
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext as _, gettext_noop

from openspiff.web.access import (
    LIST_PAYOUT_DETAILS,
    MANAGE_PEOPLE,
    READ_CLAIM_QUEUE,
    READ_FINANCE,
    READ_FIRMS,
    READ_HOME,
    READ_HOOKS,
    READ_IMPORTS,
    READ_JOBS,
    READ_LIBRARY,
    READ_PAYEES,
    READ_PROGRAMS,
    Policy,
    Viewer,
    may_act,
    may_enter,
)

from ._machines import same_by_machine

_AT_WORK: Final[tuple[tuple[Policy, str, str], ...]] = (
    (READ_PROGRAMS, gettext_noop("Programs"), "programs"),
    (READ_CLAIM_QUEUE, gettext_noop("Claims"), "claim_queue"),
    (READ_IMPORTS, gettext_noop("Imports"), "imports"),
    (READ_JOBS, gettext_noop("Work"), "jobs"),
    (READ_FINANCE, gettext_noop("Finance"), "finance"),
    (LIST_PAYOUT_DETAILS, gettext_noop("Accounts"), "payout_methods"),
    (READ_LIBRARY, gettext_noop("Library"), "library"),
    (READ_PAYEES, gettext_noop("Payees"), "payees"),
    (READ_FIRMS, gettext_noop("Firms"), "firms"),
    (MANAGE_PEOPLE, gettext_noop("People"), "people"),
    (READ_HOOKS, gettext_noop("Webhooks"), "webhooks"),
)
_OWN: Final = (
    (gettext_noop("Profile"), "profile"),
    (gettext_noop("Security"), "security"),
    (gettext_noop("Sessions"), "sessions"),
    (gettext_noop("Tokens"), "tokens"),
    (gettext_noop("Notices"), "notices"),
)


# What an address of one's own holds where the bar is made, once for a whole role.
_PAYEE: Final = "~payee~"
_FIRM: Final = "~firm~"
_PLACE: Final = re.compile("~(payee|firm)~")
_UNQUOTED: Final = RFC3986_SUBDELIMS + "/~:@"
_OF_PAYEE: Final = ("statement", "payee_events", "payout_method", "tax_form", "why")
_MANY: Final = 4


@attrs.frozen(kw_only=True)
class _Bar:
    """The links of the top bar and those of oneself; `here` names the place of the page.

    Beyond a few links the bar folds on a phone.
    """

    links: str
    own_links: str
    here: str
    is_long: bool


def places(request: HttpRequest) -> dict[str, Any]:
    """Return the links of the top bar, the one that stands for this page marked."""
    viewer = getattr(request, "user", None)
    if not isinstance(viewer, Viewer):
        return {"as_of_at": settings.OPENSPIFF_AT}
    bar = _bar_of(
        (viewer.role, viewer.is_active, bool(viewer.payee_id), bool(viewer.firm_id)),
        _here(request, viewer),
        get_language(),
    )
    return {
        "as_of_at": settings.OPENSPIFF_AT,
        "bar": bar,
        "bar_links": _for(viewer, bar.links),
        "by_machine": same_by_machine(request),
    }


def own_pages(payee_id: str) -> dict[str, str]:
    """Return the addresses of a payee's own pages, by their names."""
    quoted = quote(payee_id, safe=_UNQUOTED)
    return {name: url.replace(_PAYEE, quoted) for name, url in _pages_of_payee()}


@functools.cache
def _pages_of_payee() -> list[tuple[str, str]]:
    of_payee = {"payee_id": _PAYEE}
    return [(name, reverse(name, kwargs=of_payee)) for name in _OF_PAYEE]


def _here(request: HttpRequest, viewer: Viewer) -> str:
    """Return the name of the page's address; "" for what somebody else has there."""
    match = request.resolver_match
    if match is None:
        return ""
    own = {"payee_id": viewer.payee_id, "firm_id": viewer.firm_id}
    is_own = all(own.get(name) == value for name, value in match.kwargs.items())
    return match.url_name or "" if is_own else ""


@functools.lru_cache(maxsize=1024)
def _bar_of(
    who: tuple[str, bool, bool, bool],
    here: str,
    language: str | None,  # noqa: ARG001 (the one that is spoken now)
) -> _Bar:
    """Make the bar of all who have a role."""
    role, is_active, is_payee, is_of_firm = who
    somebody = Viewer(
        role=role,
        is_active=is_active,
        payee_id=_PAYEE if is_payee else "",
        firm_id=_FIRM if is_of_firm else "",
    )
    shown = [*_of_themselves(somebody), *_at_work(somebody)]
    own = [(_(name), url_name, reverse(url_name)) for name, url_name in _OWN]
    return _Bar(
        links=_links(shown, here),
        own_links=_links(own, here),
        here=next((name for name, url_name, _url in shown if url_name == here), ""),
        is_long=len(shown) >= _MANY,
    )


def _links(shown: Iterable[tuple[str, str, str]], here: str) -> str:
    return format_html_join(
        "\n",
        '<a href="{}"{}>{}</a>',
        (
            (url, mark_safe(' aria-current="page"') if url_name == here else "", name)
            for name, url_name, url in shown
        ),
    )


def _for(viewer: Viewer, links: str) -> SafeString:
    """Put the addresses of one viewer into links that were made for a role."""
    own = {_PAYEE: viewer.payee_id, _FIRM: viewer.firm_id}
    put = _PLACE.sub(lambda one: escape(quote(own[one[0]], safe=_UNQUOTED)), links)
    return mark_safe(put)  # noqa: S308 (made by format_html and escape)


def _of_themselves(viewer: Viewer) -> Iterator[tuple[str, str, str]]:
    """Yield what a payee sees of what is their own, and a firm's owner of the firm."""
    if may_act(viewer, "leave_firm"):
        yield _("Firm"), "firm", reverse("firm", kwargs={"firm_id": viewer.firm_id})
    if not viewer.payee_id:
        return
    of_payee = {"payee_id": viewer.payee_id}
    if may_enter(viewer, READ_HOME):
        yield _("Home"), "payee_home", reverse("payee_home")
    yield _("Statement"), "statement", reverse("statement", kwargs=of_payee)
    yield _("Events"), "payee_events", reverse("payee_events", kwargs=of_payee)
    is_reader = may_enter(viewer, READ_CLAIM_QUEUE)
    yield _("My claims") if is_reader else _("Claims"), "claims", reverse("claims")


def _at_work(viewer: Viewer) -> Iterator[tuple[str, str, str]]:
    for policy, name, url_name in _AT_WORK:
        if may_enter(viewer, policy):
            yield _(name), url_name, reverse(url_name)
