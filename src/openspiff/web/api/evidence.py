"""How does a machine send and read evidence? A file at a time, named when it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path as FilePath
from typing import Annotated, Final

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import Field

from openspiff.errors import Problem
from openspiff.web.access import READ_CLAIMS, SEND_CLAIMS, Viewer
from openspiff.web.actions.evidence import MAX_BYTES, EvidenceError, KeptFile, keep_files
from openspiff.web.forms.evidence import signed, unsigned
from openspiff.web.queries.claims import ShownFile, evidence_file, require_payee

from ._claim_shapes import EvidenceShape
from ._doors import Reply, operation, viewer_of
from ._files import file_reply
from ._shapes import Shape

TAG: Final = "claims"
router: Final = Router()

_LARGEST: Final = 2**63 - 1
_ANY_FILE: Final = "application/octet-stream"
EvidenceId = Annotated[int, Path(ge=1, le=_LARGEST, description="The number of a file.")]


class KeptShape(Shape):
    """A file that is kept for a day, until a claim or a dispute names it."""

    kept: str = Field(description="What a claim or a dispute names it by.")
    file_name: str
    digest: str
    size_bytes: int
    media_type: str = Field(description="What it is, whatever its name says.")


@operation(
    router,
    "POST",
    "/evidence",
    policy=SEND_CLAIMS,
    scope="claims:write",
    shape=KeptShape,
    status=201,
    is_long=True,
    takes=(_ANY_FILE,),
    extra={
        "requestBody": {
            "required": True,
            "content": {_ANY_FILE: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def keep_evidence(
    request: HttpRequest,
    file_name: Annotated[str, Query(min_length=1, max_length=200)],
) -> Callable[[], Reply]:
    """Keep a file, so that a claim or a dispute of the token's user may name it.

    A photo, a PDF, an office document or a text of at most 10 MB.
    """
    viewer = viewer_of(request)
    require_payee(viewer)
    sent: FilePath = request.sent_file  # type: ignore[attr-defined]
    with sent.open("rb") as file:
        # One byte more than is taken says as much as a gigabyte does.
        content = file.read(MAX_BYTES + 1)
    (one,) = keep_files([(file_name, content)])
    body = KeptShape(
        kept=signed(viewer, [one]),
        file_name=one.file_name,
        digest=one.digest,
        size_bytes=one.size_bytes,
        media_type=one.media_type,
    )
    return lambda: Reply(body=body, status=201)


@operation(
    router,
    "GET",
    "/evidence/{evidence_id}",
    policy=READ_CLAIMS,
    scope="claims:read",
    shape=None,
    media_type="*/*",
)
def get_evidence(request: HttpRequest, evidence_id: EvidenceId) -> Reply:
    """Read a file of evidence of a claim or a dispute, as what it is."""
    found = evidence_file(viewer_of(request), evidence_id)
    return file_reply(found.path.read_bytes(), found.media_type, found.file_name)


def kept_files(viewer: Viewer, texts: Iterable[str]) -> tuple[KeptFile, ...]:
    """Return the files that a body names; raises EvidenceError with every problem."""
    found, problems = [], []
    for number, text in enumerate(texts):
        files = unsigned(viewer, text)
        found += files
        if not files:
            remedy = "send the file to POST /api/v1/evidence again"
            message = "this is no file that was kept within a day"
            problems.append(Problem(f"body.evidence.{number}", message, remedy))
    if problems:
        raise EvidenceError("a file is missing", problems)
    return tuple(found)


def evidence_shape(one: ShownFile) -> EvidenceShape:
    """Return a file as it is answered."""
    return EvidenceShape(
        evidence_id=one.evidence_id,
        file_name=one.file_name,
        digest=one.digest,
        size_bytes=one.size_bytes,
        media_type=one.media_type,
    )
