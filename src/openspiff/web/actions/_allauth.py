"""What does allauth ask of us? Names for its authenticators; everything else is ours."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Tells allauth's arithmetic of second factors what this install is called."""

    def _get_site_name(self) -> str:
        return "openspiff"
