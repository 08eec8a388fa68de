"""How does somebody come in through the sign-in provider of their organization?

By OpenID Connect. The exchange with the provider is allauth's; who comes in is decided
here: whoever exists already and is known by the address that the provider has verified.
"""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import (
    OpenIDConnectOAuth2Adapter,
)
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from requests import RequestException

from openspiff.web.access import ANYONE, Viewer
from openspiff.web.queries.users import user_with_email

from ._doors import guarded
from ._entering import come_in

PROVIDER_ID = "sso"


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # no types
    """Ends allauth's exchange where ours begins: nobody is signed up, nothing is stored."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        """Let in whom the provider named, or say why not."""
        emails = [one.email for one in sociallogin.email_addresses if one.verified]
        user = next(filter(None, map(user_with_email, emails)), None)
        wanted = str(sociallogin.state.get("next") or "")
        raise ImmediateHttpResponse(_answer(request, user, wanted, named=emails))

    def on_authentication_error(
        self,
        request: HttpRequest,
        *_args: Any,
        **_more: Any,
    ) -> NoReturn:
        """Say that the provider let nobody through."""
        raise ImmediateHttpResponse(_refused(request, "provider", status=400))


@guarded(ANYONE)
@never_cache
@require_safe
def begin(request: HttpRequest) -> HttpResponseBase:
    """Send somebody to the provider; it sends them back with an answer."""
    provider = get_adapter().get_provider(request, PROVIDER_ID)
    try:
        response: HttpResponseBase = provider.redirect(
            request, AuthProcess.LOGIN, next_url=request.GET.get("next", "")
        )
    except ImmediateHttpResponse as answer:
        return _response_of(answer)
    except RequestException:
        return _refused(request, "unreachable", status=502)
    return response


@guarded(ANYONE)
@never_cache
@require_safe
def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Take the answer of the provider."""
    if provider_id != PROVIDER_ID:
        message = "no such provider"
        raise Http404(message)
    adapter = OpenIDConnectOAuth2Adapter(request, PROVIDER_ID)
    view = OAuth2CallbackView.adapter_view(adapter)
    response: HttpResponseBase = view(request)
    return response


def _answer(
    request: HttpRequest, user: Viewer | None, wanted: str, *, named: list[str]
) -> HttpResponseBase:
    if user is None:
        return _refused(request, "stranger" if named else "unverified", status=403)
    return come_in(request, user, way="provider", wanted=wanted)


def _refused(request: HttpRequest, why: str, *, status: int) -> HttpResponse:
    return render(request, "web/provider_refused.html", {"why": why}, status=status)


def _response_of(answer: ImmediateHttpResponse) -> HttpResponseBase:
    response: HttpResponseBase = answer.response
    return response
