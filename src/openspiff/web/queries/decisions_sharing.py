"""Which links to reports were given away, and what does one of them open?"""

from __future__ import annotations

from typing import Final

import attrs
from django.core import signing
from django.db.models import Count, Max

from openspiff.report import Contents
from openspiff.web.access import NotVisibleError, Viewer
from openspiff.web.models import ShareLink

from ._editions import drawing_of, edition_contents, edition_file
from .decisions import measured_program

_SALT: Final = "openspiff shared report"
_SEP: Final = "."  # a colon in an address is not always made a link by mail programs
_NOTHING: Final = "nothing is shared here"


@attrs.frozen(kw_only=True)
class SharedLink:
    """One link: for whom, until when, and how often it was opened."""

    link_id: int
    token: str
    measurement_id: int
    note: str
    made_at: int
    made_by: str
    expires_at: int
    is_open: bool
    revoked_at: int | None
    revoked_by: str
    opening_count: int
    opened_at: int | None


@attrs.frozen(kw_only=True)
class OpenLink:
    """What whoever has a link may know of it."""

    link_id: int
    token: str
    expires_at: int
    numbers_digest: str


def token_of(name: str) -> str:
    """Return the signed text that stands in the address of a link."""
    return signing.Signer(salt=_SALT, sep=_SEP).sign(name)


def links_of(viewer: Viewer, program_id: str, *, at: int) -> list[SharedLink]:
    """Return every link to reports of a program, newest first.

    Raises NotVisibleError for those who may not read reports.
    """
    measured_program(viewer, program_id)
    rows = (
        ShareLink.objects.filter(program_id=program_id)
        .select_related("made_by", "edition", "sharerevocation__revoked_by")
        .annotate(
            opening_count=Count("shareopening"), opened_at=Max("shareopening__opened_at")
        )
    )
    found = []
    for row in rows.order_by("-id"):
        revoked = getattr(row, "sharerevocation", None)
        found.append(
            SharedLink(
                link_id=row.pk,
                token=token_of(row.name),
                measurement_id=row.edition.measurement_id,
                note=row.note,
                made_at=row.made_at,
                made_by=str(row.made_by),
                expires_at=row.expires_at,
                is_open=revoked is None and at < row.expires_at,
                revoked_at=None if revoked is None else revoked.revoked_at,
                revoked_by="" if revoked is None else str(revoked.revoked_by),
                opening_count=row.opening_count,
                opened_at=row.opened_at,
            )
        )
    return found


def open_link(token: str, *, at: int) -> OpenLink:
    """Return the link that a token opens at a moment.

    A forged token is refused before the database is asked. Raises NotVisibleError, the same
    for forged, revoked and expired ones.
    """
    row = _row(token, at=at)
    return OpenLink(
        link_id=row.pk,
        token=token,
        expires_at=row.expires_at,
        numbers_digest=row.edition.numbers_digest,
    )


def shared_report(token: str, *, at: int) -> Contents:
    """Return what the report behind a token says; raises as `open_link` does."""
    return edition_contents(_row(token, at=at).edition)


def shared_pdf(token: str, *, at: int) -> bytes:
    """Return the PDF behind a token; raises as `open_link` does."""
    return edition_file(_row(token, at=at).edition, "pdf")


def shared_drawing(token: str, *, name: str, coat: str, at: int) -> str:
    """Return one picture behind a token as SVG; raises as `open_link` does."""
    return drawing_of(shared_report(token, at=at).all_charts, name, coat)


def _row(token: str, *, at: int) -> ShareLink:
    try:
        name = signing.Signer(salt=_SALT, sep=_SEP).unsign(token)
    except signing.BadSignature:
        raise NotVisibleError(_NOTHING) from None
    rows = ShareLink.objects.filter(name=name, expires_at__gt=at)
    found = rows.filter(sharerevocation=None).select_related("edition").first()
    if found is None:
        raise NotVisibleError(_NOTHING)
    return found
