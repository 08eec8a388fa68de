"""How do notices leave? One mail a notice, or one a day; each at least once.

A mail server that does not answer is tried again with the back-off of the outbox; an
address that it refuses is not. What was on its way when a worker died is sent again under
the same Message-ID and marked as doubtful.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMultiAlternatives

from openspiff.errors import Problem
from openspiff.web.access import Viewer
from openspiff.web.actions.crash_points import crash_point
from openspiff.web.actions.invitation_mails import link_to_mail
from openspiff.web.actions.jobs_leases import TryAgainError
from openspiff.web.actions.notice_channels import tell_channel
from openspiff.web.actions.notices import begin_sending, end_sending
from openspiff.web.actions.notices_daily import tell_of_the_day
from openspiff.web.queries.jobs import JobRow
from openspiff.web.queries.notice_texts import (
    Mail,
    address_of,
    invitation_mail,
    mail_of,
    notice_text,
)
from openspiff.web.queries.notices import of_the_day, queued

from ._progress import Progress


def send_notices(job: JobRow, progress: Progress, at: int) -> dict[str, Any]:
    """Send every notice of one thing that has not left."""
    waiting = queued(job.payload["kind"], job.payload["key"])
    groups = [([one], ["queued"]) for one in waiting]
    return _send(groups, progress, at)


def send_mail_of_the_day(_job: JobRow, progress: Progress, at: int) -> dict[str, Any]:
    """Send everybody who wants it one mail of what happened since the last."""
    waiting = of_the_day(at)
    return _send([(rows, ["daily"]) for rows in waiting.values()], progress, at)


def tell_room(job: JobRow, _progress: Progress, _at: int) -> dict[str, Any]:
    """Tell one room one thing; again when its service does not take it."""
    text = notice_text(job.payload["kind"], job.payload["facts"])
    said = "\n".join([*text.lines, address_of(text.path)])
    told = tell_channel(channel_id=job.payload["channel_id"], title=text.subject, text=said)
    if told is False:
        problem = Problem("room", "its service did not take it", "see its address")
        raise TryAgainError("a room could not be told", [problem])
    return {"told": bool(told)}


def look_of_the_day(job: JobRow, progress: Progress, at: int) -> None:
    """Tell people what nobody did: that claims wait, that a program soon ends."""
    with progress.completing() as result:
        result.update(tell_of_the_day(day=job.payload["day"], at=at))


def send_invitation(job: JobRow, _progress: Progress, at: int) -> dict[str, Any]:
    """Mail the link of an invitation, if it still works; at least once, as all mails."""
    found = link_to_mail(**job.payload, at=at)
    if found is None:
        return {"sent": False}
    address, token = found
    mail = invitation_mail(token, invitation_id=job.payload["invitation_id"])
    try:
        _hand_over(mail, address)
    except smtplib.SMTPRecipientsRefused:
        return {"sent": False, "refused": True}
    except (OSError, smtplib.SMTPException) as error:
        raise _away(type(error).__name__) from None
    return {"sent": True}


def _send(
    groups: Sequence[tuple[list[Any], list[str]]], progress: Progress, at: int
) -> dict[str, Any]:
    counts = {"sent": 0, "refused": 0}
    away = ""
    for number, (rows, states) in enumerate(groups):
        progress.tell(number, len(groups))
        mine = [one for one in rows if begin_sending(notice_id=one.pk, from_states=states)]
        if not mine:
            continue
        crash_point("mail_begun")
        ids = [one.pk for one in mine]
        try:
            _deliver(mine, mine[0].user)
        except smtplib.SMTPRecipientsRefused:
            end_sending(notice_ids=ids, state="failed")
            counts["refused"] += 1
        except (OSError, smtplib.SMTPException) as error:
            end_sending(notice_ids=ids, state=states[0])
            away = type(error).__name__
            break
        else:
            crash_point("mail_sent")
            end_sending(notice_ids=ids, state="sent", at=at)
            counts["sent"] += 1
    if away:
        raise _away(away)
    return counts


def _deliver(rows: Sequence[Any], user: Viewer) -> None:
    _hand_over(mail_of(rows, user), user.email)


def _away(kind: str) -> TryAgainError:
    problem = Problem("OPENSPIFF_MAIL_URL", kind, "see whether the mail server answers")
    return TryAgainError("mails could not leave", [problem])


def _hand_over(mail: Mail, address: str) -> None:
    message = EmailMultiAlternatives(
        subject=mail.subject, body=mail.text, to=[address], headers=dict(mail.headers)
    )
    message.attach_alternative(mail.html, "text/html")
    message.send()
