"""At which addresses do machines ask how the server is?"""

from __future__ import annotations

from django.urls import path

from openspiff.web.views import health

patterns = [
    path("health", health.alive, name="health"),
    path("ready", health.ready, name="ready"),
    path("metrics", health.metrics, name="metrics"),
]
