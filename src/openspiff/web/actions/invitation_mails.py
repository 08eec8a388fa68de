"""How does an invitation get to whom it is for? By a mail, whose link no table shows.

A link lets somebody in, so what waits for a worker is sealed under the install's key, for
this invitation and this link alone.
"""

from __future__ import annotations

import hashlib
from typing import Final

from openspiff.web.models import Invitation, InvitationState

from ._sealed import seal, unseal
from .jobs import enqueue

_NONCE_BYTES: Final = 12


def enqueue_invitation(row: Invitation, *, token: str, at: int) -> None:
    """Have the link mailed, in the transaction that makes it, where there is an address.

    A link for a new password is handed over by a person, never mailed.
    """
    if not row.email or row.is_for_password:
        return
    # A token is chance and never comes twice, so what is made of it does not either.
    nonce = hashlib.sha256(f"nonce {token}".encode()).digest()[:_NONCE_BYTES]
    enqueue(
        kind="invitation",
        key=f"{row.pk} {row.token_digest[:16]}",
        payload={
            "invitation_id": row.pk,
            "sealed": seal(token, place=_place(row.pk), nonce=nonce),
        },
        acting_user=None,
        at=at,
    )


def link_to_mail(*, invitation_id: int, sealed: str, at: int) -> tuple[str, str] | None:
    """Return the address and the token of a link that still works; None for any other."""
    token = unseal(sealed, place=_place(invitation_id))
    digest = hashlib.sha256(token.encode()).hexdigest()
    row = Invitation.objects.filter(
        pk=invitation_id,
        token_digest=digest,
        state=InvitationState.OPEN,
        expires_at__gt=at,
    ).first()
    return None if row is None or not row.email else (row.email, token)


def _place(invitation_id: int) -> str:
    return f"web_job/invitation/{invitation_id}"
