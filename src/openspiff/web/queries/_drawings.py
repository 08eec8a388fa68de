"""How is a picture handed out? Drawn once for as long as it shows the same."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from openspiff.report import Chart, Picture

from ._editions import COATS


def mark_of(picture: Picture) -> str:
    """Return a mark that changes whenever the picture shows something else."""
    said = repr((picture.name, picture.title, picture.alternative, picture.rows))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def svg_of(picture: Picture, coat: str) -> str:
    """Return a picture as SVG in a coat; in the light one where there is no such coat."""
    chart = _drawn(_ByMark(picture))
    return str(getattr(chart, COATS.get(coat, "light")))


class _ByMark:
    """A picture that is known by its mark, so that equal ones are drawn once."""

    def __init__(self, picture: Picture) -> None:
        self.picture, self.mark = picture, mark_of(picture)

    def __hash__(self) -> int:
        return hash(self.mark)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByMark) and self.mark == other.mark


@lru_cache(maxsize=64)
def _drawn(by_mark: _ByMark) -> Chart:
    return by_mark.picture.chart()
