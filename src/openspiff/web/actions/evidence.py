"""How is a file kept as evidence? By what it holds, whole on disk before a row names it."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Final

import attrs
from django.conf import settings

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.models import Claim, Dispute, Evidence

MAX_BYTES: Final = 10 * 1024 * 1024
MAX_FILES: Final = 5
_NAME_LENGTH: Final = 200
_MEMBERS: Final = 5_000
_STARTS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_PHOTO_BRANDS: Final = frozenset({b"heic", b"heix", b"mif1", b"msf1", b"avif"})
_OFFICE: Final = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
_OPEN_DOCUMENT: Final = "application/vnd.oasis.opendocument."
_PRINTABLE_CONTROLS: Final = frozenset("\t\n\r\f")


class EvidenceError(OpenSpiffError):
    """Files that cannot be kept as evidence."""

    code: ClassVar[str] = "evidence"


@attrs.frozen(kw_only=True)
class KeptFile:
    """A file that lies in the evidence folder under its digest; no row names it yet."""

    file_name: str
    digest: str
    size_bytes: int
    media_type: str


def evidence_folder() -> Path:
    """Return where evidence lies in the workspace."""
    return Path(settings.OPENSPIFF_HOME) / "evidence"


def keep_files(files: Iterable[tuple[str, bytes]]) -> tuple[KeptFile, ...]:
    """Keep files, given by name and content, so that rows may name them.

    Nothing is kept unless all can be. A file is whole and on disk when this returns; one
    that no row ever names does no harm. Raises EvidenceError with every problem.
    """
    given = [(_plain_name(name), content) for name, content in files]
    kinds = [_media_type(content) for _, content in given]
    problems = []
    for (name, content), kind in zip(given, kinds, strict=True):
        if len(content) > MAX_BYTES:
            remedy = "make a smaller photo, or send the page that matters"
            problems.append(Problem(name, "larger than 10 MB", remedy))
        elif not content:
            problems.append(Problem(name, "the file is empty", "choose it again"))
        elif not kind:
            remedy = "send a photo, a PDF, an office document or a text"
            problems.append(Problem(name, "not a kind of file that is taken", remedy))
    if problems:
        raise EvidenceError("the files were not taken", problems)
    return tuple(
        KeptFile(
            file_name=name, digest=_keep(content), size_bytes=len(content), media_type=kind
        )
        for (name, content), kind in zip(given, kinds, strict=True)
    )


def refuse_too_many(count: int) -> None:
    """Raise EvidenceError for more files than go with one claim or dispute."""
    if count > MAX_FILES:
        remedy = f"keep the {MAX_FILES} that show most"
        problem = Problem("evidence", f"{count} files are given", remedy)
        raise EvidenceError("too many files", [problem])


def enter_evidence(
    kept: Iterable[KeptFile],
    *,
    claim: Claim | None = None,
    revision: int = 1,
    dispute: Dispute | None = None,
) -> None:
    """Let a sending of a claim, or a dispute, name kept files; inside its transaction.

    A file that is given twice counts once. Raises EvidenceError for too many, and for one
    that is not in the folder.
    """
    files = list({one.digest: one for one in kept}.values())
    if not files:
        return
    refuse_too_many(len(files))
    gone = [one for one in files if not (evidence_folder() / one.digest).is_file()]
    if gone:
        problems = [
            Problem(one.file_name, "no longer here", "add it again") for one in gone
        ]
        raise EvidenceError("a file is missing", problems)
    Evidence.objects.bulk_create(
        Evidence(claim=claim, revision=revision, dispute=dispute, **attrs.asdict(one))
        for one in files
    )


def _plain_name(name: str) -> str:
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(one for one in last if one.isprintable()).strip()
    return shown[-_NAME_LENGTH:] or "file"


def _keep(content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    folder = evidence_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / digest
    if path.is_file() and path.stat().st_size == len(content):
        return digest
    handle, draft = tempfile.mkstemp(dir=folder, prefix=".draft-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)
    if os.name == "posix":  # make the name itself durable
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return digest


def _media_type(content: bytes) -> str:
    """Return what the content is, whatever its name says; "" for what is not taken."""
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in _PHOTO_BRANDS:
        return "image/heic"
    if content.startswith(b"PK\x03\x04"):
        return _office_type(content)
    return "text/plain" if _is_text(content) else ""


def _office_type(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            names = packed.namelist()
            if len(names) > _MEMBERS:
                return ""
            if "[Content_Types].xml" in names:
                found = [k for s, k in _OFFICE if any(n.startswith(s) for n in names)]
                return found[0] if found else ""
            if names[:1] == ["mimetype"] and packed.getinfo("mimetype").file_size < 100:  # noqa: PLR2004
                kind = packed.read("mimetype").decode("ascii", "replace")
                return kind if kind.startswith(_OPEN_DOCUMENT) else ""
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError):
        return ""
    return ""


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return all(one >= " " or one in _PRINTABLE_CONTROLS for one in text)
