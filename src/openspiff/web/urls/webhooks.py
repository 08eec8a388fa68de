"""At which addresses are other systems connected by webhooks?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import webhook_sources, webhooks

_ONE = "webhooks/<int:endpoint_id>/"
_MESSAGE = "webhooks/messages/<int:delivery_id>/"
_SOURCE = "webhooks/sources/<int:source_id>/"

patterns = [
    path("webhooks/", webhooks.webhook_list, name="webhooks"),
    path("webhooks/new/", webhooks.new_endpoint, name="new_endpoint"),
    path(_ONE, webhooks.endpoint, name="endpoint"),
    path(f"{_ONE}on/", webhooks.turn_endpoint, {"to": "on"}, name="endpoint_on"),
    path(f"{_ONE}off/", webhooks.turn_endpoint, {"to": "off"}, name="endpoint_off"),
    path(f"{_ONE}test/", webhooks.test_endpoint, name="endpoint_test"),
    path(f"{_ONE}rotate/", webhooks.rotate_endpoint, name="endpoint_rotate"),
    path(_MESSAGE, webhooks.delivery, name="delivery"),
    path(f"{_MESSAGE}again/", webhooks.redeliver, name="redeliver"),
    path("webhooks/sources/new/", webhook_sources.new_source, name="new_source"),
    path(f"{_SOURCE}on/", webhook_sources.turn_source, {"to": "on"}, name="source_on"),
    path(f"{_SOURCE}off/", webhook_sources.turn_source, {"to": "off"}, name="source_off"),
    path(f"{_SOURCE}rotate/", webhook_sources.rotate_source, name="source_rotate"),
]
