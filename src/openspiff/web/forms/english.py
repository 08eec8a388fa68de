"""How does a page in any language show a sentence that a core room wrote? As English."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString


def in_english(sentence: str) -> SafeString:
    """Mark a sentence as English: screen readers then say it rightly."""
    return format_html('<span lang="en">{}</span>', sentence)
