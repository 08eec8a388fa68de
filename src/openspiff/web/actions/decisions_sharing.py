"""How is a report given to somebody without a user, and taken back?"""

from __future__ import annotations

from typing import ClassVar, Final

import attrs
from django.db import transaction

from openspiff.errors import OpenSpiffError, Problem
from openspiff.web.access import NotVisibleError, Viewer, require_act
from openspiff.web.models import ShareLink, ShareOpening, ShareRevocation

from ._audit import record_change
from .conflict import ConflictError
from .decisions import write_edition

DAYS: Final = (7, 30, 90)
"""For how many days a link may be given."""

LONGEST_NOTE: Final = 200
OPENINGS_A_MINUTE: Final = 60

_DAY: Final = 86_400_000_000
_MINUTE: Final = 60_000_000
_SHORTEST_NAME: Final = 16


class ShareLinkError(OpenSpiffError):
    """A link that cannot be given like this."""

    code: ClassVar[str] = "share_link"


class TooManyOpeningsError(OpenSpiffError):
    """A link that was opened too often; `retry_seconds` says when to come back."""

    code: ClassVar[str] = "too_many_openings"
    retry_seconds: Final = 60


@attrs.frozen(kw_only=True)
class NewLink:
    """Which measurement is given to whom, for how many days."""

    program_id: str
    measurement_id: int
    note: str
    days: int


@transaction.atomic
def make_share_link(*, new: NewLink, name: str, acting_user: Viewer, at: int) -> ShareLink:
    """Make a link to the shared edition of a measurement, which is written if need be.

    `name` is chance, made at the door. Raises NotAllowedError, NotVisibleError when there
    is no such measurement, and ShareLinkError with every problem at once.
    """
    require_act(acting_user, "share_report")
    problems = _problems(new)
    if problems:
        raise ShareLinkError("the report cannot be shared", problems)
    if len(name) < _SHORTEST_NAME:
        message = "the name of a link is too short to be chance"
        raise ValueError(message)
    edition = write_edition(
        program_id=new.program_id,
        measurement_id=new.measurement_id,
        is_shared=True,
        acting_user=acting_user,
        at=at,
    )
    link = ShareLink.objects.create(
        name=name,
        edition=edition,
        program_id=new.program_id,
        note=new.note.strip(),
        expires_at=at + new.days * _DAY,
        made_at=at,
        made_by=acting_user,
    )
    record_change(
        acting_user=acting_user,
        at=at,
        action="make_share_link",
        of=("program", new.program_id),
        change=(
            None,
            {"link": link.pk, "note": link.note, "expires_at": link.expires_at},
        ),
    )
    return link


@transaction.atomic
def revoke_share_link(
    *, program_id: str, link_id: int, acting_user: Viewer, at: int
) -> None:
    """Take a link back: from now on it opens nothing.

    Raises NotAllowedError, NotVisibleError when there is no such link, and ConflictError
    when it was taken back already.
    """
    require_act(acting_user, "revoke_share_link")
    rows = ShareLink.objects.select_for_update().filter(program_id=program_id, pk=link_id)
    link = rows.first()
    if link is None:
        message = f"no link {link_id} of {program_id}"
        raise NotVisibleError(message)
    before = ShareRevocation.objects.filter(link=link).select_related("revoked_by").first()
    if before is not None:
        message = f"{before.revoked_by} has taken it back already"
        raise ConflictError(message)
    ShareRevocation.objects.create(link=link, revoked_at=at, revoked_by=acting_user)
    record_change(
        acting_user=acting_user,
        at=at,
        action="revoke_share_link",
        of=("program", program_id),
        change=({"link": link.pk}, {"link": link.pk, "revoked_at": at}),
    )


@transaction.atomic
def count_opening(*, link_id: int, form: str, at: int) -> None:
    """Count one opening of a link by somebody whom nobody knows.

    The row is the record itself: when and which form, no address and no name, so there is
    no audit row beside it. Raises TooManyOpeningsError.
    """
    recent = ShareOpening.objects.filter(link_id=link_id, opened_at__gt=at - _MINUTE)
    if recent.count() >= OPENINGS_A_MINUTE:
        raise TooManyOpeningsError("this link is opened too often: wait a minute")
    ShareOpening.objects.create(link_id=link_id, form=form, opened_at=at)


def _problems(new: NewLink) -> list[Problem]:
    found = []
    note = new.note.strip()
    if not note:
        found.append(Problem("note", "a link is for somebody", "say for whom"))
    if len(note) > LONGEST_NOTE or "\0" in note:
        remedy = f"at most {LONGEST_NOTE} letters"
        found.append(Problem("note", "cannot be kept like this", remedy))
    if new.days not in DAYS:
        remedy = f"one of {', '.join(map(str, DAYS))}"
        found.append(Problem("days", f"{new.days} days cannot be chosen", remedy))
    return found
