"""What of a page would a translator never see? Texts that no catalog has touched.

A language is made up in which every text is put between « and »: what a page then shows
without them came from no catalog. Data stay as they are: names, numbers and days; texts
marked `translate="no"` or `lang="en"` (the words of terms and reports) are left out.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Final

from django.test import override_settings
from django.utils import translation
from django.utils.translation import trans_real

CODE: Final = "xx"
# Shown to people beside the texts between tags.
_SAID: Final = (
    *("alt", "aria-label", "placeholder", "title"),
    # What a script says.
    *("data-words", "data-discard", "data-offline", "data-restored", "data-waiting"),
)
_VOID: Final = frozenset(
    {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
# What stands in a `textarea` was typed by somebody.
_SILENT: Final = frozenset({"script", "style", "code", "textarea"})
# Texts for the catalog, in both ways, then every other tag.
_TAGS: Final = (
    r"{% comment %}.*?{% endcomment %}",
    r"{% blocktranslate\b.*?{% endblocktranslate %}",
    r"{%.*?%}|{{.*?}}|{#.*?#}",
)
_WORD: Final = re.compile(r"[^\W\d_]{2,}")


class Wrapped(gettext.NullTranslations):
    """A catalog that has every text, between marks."""

    def gettext(self, message: str) -> str:
        # Django looks a text up together with its context, which nobody reads.
        return f"«{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}»"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        assert context
        return f"«{message}»"

    def npgettext(self, context: str, msgid1: str, msgid2: str, n: int) -> str:
        assert context
        return self.ngettext(msgid1, msgid2, n)

    def to_language(self) -> str:
        return CODE


@contextmanager
def pseudo_language() -> Iterator[None]:
    """Show every page in the made-up language."""
    with override_settings(LANGUAGE_CODE=CODE, LANGUAGES=[(CODE, "Marks")]):
        # Changing the setting has emptied what Django knows; there is no other way in.
        trans_real._translations[CODE] = Wrapped()  # noqa: SLF001
        with translation.override(CODE):
            yield


class _Reader(HTMLParser):
    """Collects what a person reads or hears, but what is marked as data."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_data = given.get("translate") == "no" or given.get("lang") == "en"
        is_left_out = self._is_left_out or is_data
        if not is_left_out:
            self.said += [given.get(name) or "" for name in _SAID]
        if tag not in _VOID:
            self._open.append((tag, is_left_out or tag in _SILENT))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._is_left_out:
            self.said.append(data)

    @property
    def _is_left_out(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def texts_of_template(source: str) -> str:
    """Return what a template says outside of its tags, in whichever branch it stands."""
    for tags in _TAGS:
        source = re.sub(tags, "", source, flags=re.DOTALL)
    return source


def untranslated(page: str, *, data: frozenset[str]) -> set[str]:
    """Return the texts of a page that came from no catalog and hold words but `data`."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    whole = "\n".join(reader.said)
    while (shorter := re.sub(r"«[^«»]*»", " ", whole)) != whole:
        whole = shorter
    return {
        " ".join(line.split())
        for line in whole.splitlines()
        if any(word not in data for word in _WORD.findall(line))
    }
