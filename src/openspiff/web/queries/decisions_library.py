"""What do all measured programs teach together? Worked out once for the same answers."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

import attrs
from django.core.cache import cache

from openspiff.measure import (
    FEWEST_PROGRAMS,
    SPREAD_OF_SHARES,
    Answer,
    Library,
    answer_digest,
    library_of,
    portfolio,
)
from openspiff.program import Program, content_hash
from openspiff.report import (
    Chart,
    Section,
    Table,
    effects_table,
    library_html,
    library_sections,
    library_sentences,
    programs_chart,
)
from openspiff.web.access import READ_LIBRARY, NotVisibleError, Viewer, may_enter

from ._editions import drawing_of
from .measurements import measurements_latest
from .programs import launched_programs

_KEPT: Final = ("sentences", "chart", "effects", "sections")


@attrs.frozen(kw_only=True)
class Taught:
    """What programs teach together: sentences, the picture with its table, sections."""

    sentences: tuple[str, ...]
    chart: Chart
    effects: Table
    sections: tuple[Section, ...]


@attrs.frozen(kw_only=True)
class ShelfLine:
    """One program, and why it is left out of the library (empty: it is in)."""

    program_id: str
    name: str
    why_not: str


@attrs.frozen(kw_only=True)
class LibraryShelf:
    """The programs that can be compared; `taught` is None while there are too few."""

    library: Library
    names: dict[str, str]
    fewest: int
    taught: Taught | None

    @property
    def lines(self) -> list[ShelfLine]:
        """Return every program that was launched, with why it is left out if it is."""
        why = dict(self.library.left_out)
        return [
            ShelfLine(program_id=name, name=title, why_not=why.get(name, ""))
            for name, title in sorted(self.names.items(), key=lambda one: one[1])
        ]

    @property
    def missing_count(self) -> int:
        """Return how many more programs are needed."""
        return max(self.fewest - len(self.library.programs), 0)


def library_shelf(viewer: Viewer) -> LibraryShelf:
    """Return the library of all programs that were launched, with what it teaches.

    Raises NotVisibleError for those who may not read it, and MeasureError with every
    answer of an old form.
    """
    answers, launched = _read(viewer)
    library = library_of(answers, launched)
    is_enough = len(library.programs) >= FEWEST_PROGRAMS
    return LibraryShelf(
        library=library,
        names={one.program_id: one.name for one in launched},
        fewest=FEWEST_PROGRAMS,
        taught=_taught(library, _key(answers, launched)) if is_enough else None,
    )


def library_page(viewer: Viewer) -> str:
    """Return the library as a page that loads nothing; raises NotVisibleError."""
    answers, launched = _read(viewer)
    library = library_of(answers, launched)
    if len(library.programs) < FEWEST_PROGRAMS:
        message = "too few programs"
        raise NotVisibleError(message)
    together = portfolio(library.programs, spread_scale=SPREAD_OF_SHARES)
    return library_html(together, library)


def library_drawing(viewer: Viewer, *, coat: str) -> str:
    """Return the picture of all programs as SVG; raises NotVisibleError."""
    shelf = library_shelf(viewer)
    charts = () if shelf.taught is None else (shelf.taught.chart,)
    return drawing_of(charts, "programs", coat)


def _read(viewer: Viewer) -> tuple[list[Answer], list[Program]]:
    if not may_enter(viewer, READ_LIBRARY):
        message = "no library"
        raise NotVisibleError(message)
    return measurements_latest(viewer), launched_programs(viewer)


def _taught(library: Library, key: str) -> Taught:
    """Work it out, or take what this process worked out from the very same answers."""
    kept: dict[str, Any] | None = cache.get(key)
    if kept is not None:
        return Taught(**kept)
    together = portfolio(library.programs, spread_scale=SPREAD_OF_SHARES)
    found = Taught(
        sentences=library_sentences(together),
        chart=programs_chart(together, library),
        effects=effects_table(together, library),
        sections=library_sections(together, library),
    )
    cache.set(key, {name: getattr(found, name) for name in _KEPT}, timeout=None)
    return found


def _key(answers: list[Answer], launched: list[Program]) -> str:
    """Return a name of what the library was made of: it can never be an older one."""
    made_of = [
        [answer_digest(one) for one in answers],
        [content_hash(one) for one in launched],
    ]
    digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()
    return f"library-{digest}"
