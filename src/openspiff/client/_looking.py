"""What else does a server show or give? Live figures, imports, evidence, shared reports."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs

from openspiff.errors import Problem

from . import shapes
from ._asking import as_body
from ._errors import ConnectError
from ._machinery import Machinery
from ._wire import Body

_DRAFT = ("get_import_draft", shapes.ImportDraft)


@attrs.define
class Looking(Machinery):
    """The calls about how things go, what was imported, evidence, and what is shared.

    Pictures are SVG for a `coat`: light, dark, light-narrow or dark-narrow.
    """

    # How programs and money go

    def live(self, program_id: str) -> shapes.Live:
        """Return how a launched program goes: pace, budget, promises, with pictures."""
        return self._one("get_program_live", shapes.Live, {"program_id": program_id})

    def live_picture(self, program_id: str, name: str, *, coat: str = "light") -> bytes:
        """Return one picture of how a program goes."""
        parts = {"program_id": program_id, "name": name}
        return self._wire.read("get_live_picture", parts, {"coat": coat}).content

    def finance_overview(self) -> shapes.FinanceOverview:
        """Return what is owed, and what waits for somebody."""
        return self._one("get_finance_overview", shapes.FinanceOverview, {})

    def finance_exceptions(self) -> shapes.FinanceExceptions:
        """Return what is odd about the money, rule by rule."""
        return self._one("get_finance_exceptions", shapes.FinanceExceptions, {})

    def finance_pictures(self) -> tuple[shapes.Picture, ...]:
        """Return every picture of finance in words and numbers."""
        return self._one("list_finance_pictures", shapes.PictureList, {}).items

    def finance_picture(self, name: str, *, coat: str = "light") -> bytes:
        """Return one picture of finance."""
        name_of, parts = "get_finance_picture", {"name": name}
        return self._wire.read(name_of, parts, {"coat": coat}).content

    # What was imported

    def imports(self) -> Iterator[shapes.Imported]:
        """Return everything that was imported, the latest first."""
        return self._pages("list_imports", shapes.Imported, {})

    def imported(self, what: str, number: int) -> shapes.Imported:
        """Return one of the `batches` or of the `lists`."""
        parts = {"what": what, "number": number}
        return self._one("get_import", shapes.Imported, parts)

    def undo_import(
        self, what: str, number: int, *, key: str | None = None
    ) -> shapes.ImportDraft:
        """Begin to take an import back; nothing changes before the draft is saved."""
        parts, kind = {"what": what, "number": number}, shapes.ImportDraft
        return self._written("undo_import", kind, parts=parts, key=key)

    def import_drafts(self) -> Iterator[shapes.ImportDraft]:
        """Return the imports that wait to be saved or discarded, the latest first."""
        return self._pages("list_import_drafts", shapes.ImportDraft, {})

    def import_draft(self, draft_id: int) -> shapes.ImportDraft:
        """Return how far an import is, and what its dry run found."""
        name, kind = _DRAFT
        return self._one(name, kind, {"draft_id": draft_id})

    def try_import_draft(
        self, draft_id: int, *, key: str | None = None
    ) -> shapes.ImportDraft:
        """Have a worker work out anew what an import would do."""
        parts, kind = {"draft_id": draft_id}, shapes.ImportDraft
        return self._written("try_import_draft", kind, parts=parts, key=key)

    def save_import_draft(
        self, draft_id: int, *, key: str | None = None
    ) -> shapes.ImportDraft:
        """Let an import count as it was read; refused when anything moved since."""
        parts = {"draft_id": draft_id}
        return self._changed("save_import_draft", parts, read=_DRAFT, key=key)

    def discard_import_draft(self, draft_id: int, *, key: str | None = None) -> None:
        """Give an import up as it was read."""
        parts, kind = {"draft_id": draft_id}, shapes.ImportDraft
        match = self._seen(_DRAFT, parts)
        self._written("discard_import_draft", kind, parts=parts, match=match, key=key)

    # Evidence, and files of a month

    def keep_evidence(self, path: Path, *, key: str | None = None) -> shapes.Kept:
        """Keep a file; a claim or a dispute sent within a day names it by its `kept`."""
        if not path.is_file():
            problem = Problem(str(path), "expected a file")
            raise ConnectError("nothing was sent", [problem])
        content = path.read_bytes()
        body = Body(
            content=lambda: content,
            media_type="application/octet-stream",
            size=len(content),
        )
        query = {"file_name": path.name}
        return self._written("keep_evidence", shapes.Kept, body=body, key=key, query=query)

    def evidence(self, evidence_id: int) -> bytes:
        """Return a file of evidence of a claim or a dispute."""
        return self._wire.read("get_evidence", {"evidence_id": evidence_id}, {}).content

    def statement_pdf(self, payee_id: str, *, month: str) -> bytes:
        """Return one month of a payee as PDF."""
        parts, query = {"payee_id": payee_id}, {"month": month}
        return self._wire.read("get_statement_pdf", parts, query).content

    # Shared reports, and the library

    def share_links(self, program_id: str) -> tuple[shapes.ListedLink, ...]:
        """Return the links to reports of a program with their addresses."""
        parts = {"program_id": program_id}
        return self._one("list_share_links", shapes.LinkList, parts).items

    def make_share_link(
        self, program_id: str, link: shapes.LinkGiven, *, key: str | None = None
    ) -> shapes.Link:
        """Make a link to a report; its address is read with `share_links`."""
        parts, body = {"program_id": program_id}, as_body(link)
        kind = shapes.Link
        return self._written("make_share_link", kind, parts=parts, body=body, key=key)

    def revoke_share_link(
        self, program_id: str, link_id: int, *, key: str | None = None
    ) -> shapes.Link:
        """Take a link back: from now on it opens nothing."""
        parts = {"program_id": program_id, "link_id": link_id}
        return self._written("revoke_share_link", shapes.Link, parts=parts, key=key)

    def library(self) -> shapes.Library:
        """Return what all measured programs teach together."""
        return self._one("get_library", shapes.Library, {})

    def library_file(self) -> bytes:
        """Return the library as one page that loads nothing."""
        return self._wire.read("get_library_file", {"form": "html"}, {}).content

    def library_picture(self, *, coat: str = "light") -> bytes:
        """Return the picture of all programs."""
        parts = {"name": "programs"}
        return self._wire.read("get_library_picture", parts, {"coat": coat}).content
