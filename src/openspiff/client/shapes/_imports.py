"""Which shapes has the API for imports?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

from typing import Any, Literal

import attrs

from ._events import RowProblem


@attrs.frozen(kw_only=True)
class ImportDraft:
    """One import on its way: what it is to bring, and what its dry run found."""

    draft_id: int
    kind: str
    state: str
    source: str
    files: tuple[str, ...]
    undoes_batch: int | None
    undoes_list: int | None
    counts: dict[str, int]
    effect: dict[str, Any]
    problems: tuple[RowProblem, ...]
    batch_no: int | None
    list_no: int | None
    begun_at: int
    changed_at: int
    changed_by: str


@attrs.frozen(kw_only=True)
class Imported:
    """One import that counts, whichever way it came."""

    what: Literal["batches", "lists"]
    number: int
    kind: str
    source: str
    counts: dict[str, int]
    imported_at: int
    imported_by: str
    draft_id: int | None
    undoes: int | None
    undone_by: int | None
    is_in_force: bool
