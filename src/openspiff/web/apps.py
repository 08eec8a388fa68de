"""Under which name does Django know this room? The app label `web`."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The one Django app of openspiff."""

    name = "openspiff.web"
    label = "web"
    verbose_name = "openspiff"
    default_auto_field = "django.db.models.BigAutoField"
