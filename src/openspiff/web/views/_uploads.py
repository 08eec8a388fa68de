"""How does a large file come in? In pieces, straight into the workspace, counted."""

from __future__ import annotations

import hashlib
import io
import os
import secrets
import unicodedata
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest
from django.utils.translation import gettext as _

from openspiff.errors import Problem
from openspiff.web.actions.imports import NewFile, UploadError

MAX_BYTES: Final = 1 << 30
MAX_FILES: Final = 20
_MAX_NAME: Final = 120
_NOT_IN_NAMES: Final = frozenset('/\\<>:"|?*[]')


class WorkspaceUploads(FileUploadHandler):
    """Writes what is uploaded into `uploads/incoming` of the workspace, up to 1 GB."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        """Begin with nothing received."""
        super().__init__(request)
        self.received = 0
        self.made: list[NewFile] = []
        self.is_too_large = False
        self.is_full = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file under a name of our own."""
        super().new_file(*args, **kwargs)
        folder = Path(settings.OPENSPIFF_HOME) / "uploads" / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / secrets.token_hex(16)
        self._file = self._path.open("wb")
        self._digest = hashlib.sha256()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece, unless that is too much."""
        del start
        self.received += len(raw_data)
        self.is_too_large = self.received > MAX_BYTES or len(self.made) >= MAX_FILES
        try:
            if not self.is_too_large:
                self._file.write(raw_data)
                self._digest.update(raw_data)
        except OSError:
            self.is_full = True
        if self.is_too_large or self.is_full:
            self._give_up()
            raise StopUpload(connection_reset=False)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        """Keep the file, whole on the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        new = NewFile(
            path=self._path,
            name=stored_name(self.file_name or ""),
            size=file_size,
            digest=self._digest.hexdigest(),
        )
        self.made.append(new)
        # Nobody reads it from here: it lies where it stays.
        return UploadedFile(io.BytesIO(), name=new.name, size=file_size)

    def upload_interrupted(self) -> None:
        """Remove what came of a file that was cut off."""
        self._give_up()

    def _give_up(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None and not file.closed:
            file.close()
            self._path.unlink(missing_ok=True)

    def files(self) -> list[NewFile]:
        """Return what came, whole; raises UploadError, and removes it, when not all did."""
        if self.is_too_large or self.is_full:
            self.forget()
            if self.is_full:
                message, remedy = _("the disk is full"), _("free some space")
            else:
                message = _("more than 1 GB, or more than %(count)s files")
                message = message % {"count": MAX_FILES}
                remedy = _("cut it into several imports")
            raise UploadError(_("the files were not taken"), [Problem("", message, remedy)])
        return list(self.made)

    def forget(self) -> None:
        """Remove the files that nobody took."""
        for one in self.made:
            one.path.unlink(missing_ok=True)


def stored_name(given: str) -> str:
    """Return a name for the disk: no folders, nothing hidden, nothing that turns text."""
    text = unicodedata.normalize("NFC", given.replace("\\", "/").rpartition("/")[2])
    kept = "".join(
        "_" if one in _NOT_IN_NAMES else one for one in text if one.isprintable()
    )
    kept = kept.strip().lstrip(".")
    stem, dot, ending = kept.rpartition(".")
    if dot and len(ending) <= 10:  # noqa: PLR2004 (an ending, not a part of the name)
        kept = f"{_cut(stem, _MAX_NAME - len(ending))}.{ending}"
    return _cut(kept, _MAX_NAME + 1) or "file"


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode(errors="ignore")
