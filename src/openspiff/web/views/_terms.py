"""How does the page of terms become HTML? Its Markdown is read into blocks of plain text.

Only what `openspiff.program.terms_page` writes is understood, and no HTML is made here: the
template writes the tags and escapes every text, so nothing in a program file can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

import attrs

BlockKind = Literal["title", "heading", "quote", "list", "table", "paragraph"]

_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_CELL_END: Final = re.compile(r"(?<!\\)\|")
_STARTS: Final[tuple[tuple[str, BlockKind], ...]] = (
    ("# ", "title"),
    ("## ", "heading"),
    ("> ", "quote"),
    ("- ", "list"),
    ("|", "table"),
)


@attrs.frozen
class Block:
    """One block of the terms: its rows of cells (one row of one cell for plain text)."""

    kind: BlockKind
    rows: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """The text of a block that has only one."""
        return self.rows[0][0]

    @property
    def items(self) -> tuple[str, ...]:
        """The entries of a list."""
        return tuple(row[0] for row in self.rows)


def blocks(markdown: str) -> Iterator[Block]:
    """Yield the blocks of a page of terms, texts with their escapes taken off."""
    held: list[tuple[str, ...]] = []
    of: BlockKind = "paragraph"
    for line in [*markdown.split("\n"), ""]:
        kind, text = _kind(line)
        if held and (not text or kind != of or kind in {"title", "heading"}):
            yield _block(of, held)
            held = []
        if not text or set(text) <= set("|-: "):
            continue
        of = kind
        cells = _CELL_END.split(text.strip("|")) if kind == "table" else [text]
        held.append(tuple(_plain(cell.strip()) for cell in cells))


def _kind(line: str) -> tuple[BlockKind, str]:
    for start, kind in _STARTS:
        if line.startswith(start):
            return kind, line if kind == "table" else line[len(start) :]
    return "paragraph", line


def _block(kind: BlockKind, held: list[tuple[str, ...]]) -> Block:
    if kind in {"list", "table"}:
        return Block(kind, tuple(held))
    return Block(kind, ((" ".join(row[0] for row in held),),))


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text).replace("&amp;", "&")
