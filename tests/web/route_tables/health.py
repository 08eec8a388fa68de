"""Who asks how the server is? Anybody; the figures are off unless a setting says whose."""

from __future__ import annotations

OPEN = {"/health": {200}, "/ready": {200, 503}, "/metrics": {404}}
