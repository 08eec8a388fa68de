"""Can this server work, and what went wrong when it could not?

Nobody looks here, so there is no viewer: what is told is of the install, never of a row.
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import Error, InterfaceError, OperationalError, connection
from django.db.models import Max

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web._upgrade import check_data_version
from openspiff.web.models import (
    ApprovalBatch,
    BatchState,
    Claim,
    EventBatch,
    Transfer,
)

from .payee_methods import check_payout_key

UNAVAILABLE: Final = 503
NO_SPACE: Final = 507
_DISK_FULL: Final = "53100"
"""How PostgreSQL calls it."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def status_of(error: BaseException | None) -> int:
    """Return the HTTP status of what broke: 507 no space left, 503 no database, or 500."""
    is_database = isinstance(error, OperationalError | InterfaceError)
    seen = 0
    while error is not None and seen < 10:  # noqa: PLR2004 (a chain that bites its tail)
        if _is_full(error):
            return NO_SPACE
        error, seen = error.__cause__ or error.__context__, seen + 1
    return UNAVAILABLE if is_database else 500


def _is_full(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    if isinstance(error, OSError):
        return error.errno in _FULL
    return getattr(error, "sqlstate", None) == _DISK_FULL


def not_ready() -> list[Problem]:
    """Return what is in the way of serving requests; nothing when the server can."""
    found = []
    home = Path(settings.OPENSPIFF_HOME)
    if not (home / "feed").is_dir():
        found.append(
            Problem("workspace", "its folders are not there", "mount OPENSPIFF_HOME")
        )
    if not settings.OPENSPIFF_HAS_KEY:
        found.append(Problem("secret_key", "no key", "restore secret.key, or set it"))
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        check_data_version()
        check_payout_key()
    except OpenSpiffError as error:
        found.append(
            Problem(error.code, error.message, "; ".join(p.remedy for p in error.problems))
        )
    except Error:
        found.append(Problem("database", "it does not answer", "OPENSPIFF_DATABASE_URL"))
    return found


def counts() -> dict[str, int]:
    """Return how much is on the books and how much waits; database_up is 0 without it."""
    try:
        return {
            "database_up": 1,
            "last_transfer_number": Transfer.objects.aggregate(n=Max("sequence"))["n"] or 0,
            "last_event_batch_number": EventBatch.objects.aggregate(n=Max("batch_no"))["n"]
            or 0,
            "claims_waiting": Claim.objects.filter(state__in=Claim.WAITING).count(),
            "approval_batches_waiting": ApprovalBatch.objects.filter(
                state=BatchState.PREPARED
            ).count(),
        }
    except Error:
        return {"database_up": 0}
