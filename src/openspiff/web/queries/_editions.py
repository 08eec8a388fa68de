"""What stands in the files of an edition? Only what was written, by its digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.conf import settings

from openspiff.errors import Problem
from openspiff.report import Chart, Contents, read_contents
from openspiff.web.access import NotVisibleError
from openspiff.web.models import ReportEdition

from .measurements import ReportFileError

COATS = {
    "light": "light",
    "dark": "dark",
    "light-narrow": "light_narrow",
    "dark-narrow": "dark_narrow",
}


def edition_file(edition: ReportEdition, form: str) -> bytes:
    """Return a file of an edition (html, pdf, json).

    Raises ReportFileError when it is gone or is no longer what was written.
    """
    digests = {
        "html": edition.html_digest,
        "pdf": edition.pdf_digest,
        "json": edition.contents_digest,
    }
    name = f"{edition.stem}.{form}"
    path = Path(settings.OPENSPIFF_HOME) / "reports" / name
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != digests[form]:
        problem = Problem(
            name, "gone, or changed since it was written", "write the report again"
        )
        raise ReportFileError("the report cannot be shown", [problem])
    return content


def edition_contents(edition: ReportEdition) -> Contents:
    """Return what an edition says, its pictures drawn; raises ReportFileError."""
    return read_contents(edition_file(edition, "json").decode())


def drawing_of(charts: tuple[Chart, ...], name: str, coat: str) -> str:
    """Return one drawing as SVG; raises NotVisibleError when there is none."""
    drawn = next((one for one in charts if one.name == name), None)
    if drawn is None or coat not in COATS:
        message = f"no drawing {name} {coat}"
        raise NotVisibleError(message)
    return str(getattr(drawn, COATS[coat]))
