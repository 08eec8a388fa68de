"""What does a notice say? What happened and where to look, never what only pages show.

No amount, no customer, no name of anybody else: who wants to know signs in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
from django.conf import settings
from django.core import signing
from django.template import loader
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext, override

from openspiff.web.access import Viewer
from openspiff.web.models import NOTICE_KINDS, Notice

_SALT: Final = "openspiff.notices.off"


@attrs.frozen
class NoticeText:
    """What one notice says: a subject, a sentence or two, and where to look."""

    subject: str
    lines: tuple[str, ...]
    path: str


@attrs.frozen
class Mail:
    """A mail as it leaves: both forms say the same."""

    subject: str
    text: str
    html: str
    headers: Mapping[str, str]


SAMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "claim_decided": {"claim_id": 1, "state": "approved"},
    "dispute_answered": {"dispute_id": 1},
    "program_launched": {"program_id": "spring"},
    "paid": {},
    "batch_waiting": {"number": 1},
    "claims_waiting": {},
    "program_ends": {"program_id": "spring"},
    "invitation": {"token": "..."},
    "job_given_up": {"job_id": 1},
    "endpoint_disabled": {"endpoint_id": 1},
    "new_sign_in": {},
    "account_changed": {},
}
"""Facts with which each kind is shown on the preview page."""


def notice_text(kind: str, facts: Mapping[str, Any], payee_id: str = "") -> NoticeText:
    """Return what a notice says, in the language that is on; KeyError for no such kind."""
    found = _of_earning(kind, facts, payee_id) or _of_work(kind, facts)
    return found or _of_account(kind, facts, payee_id)


def _of_earning(kind: str, facts: Mapping[str, Any], payee_id: str) -> NoticeText | None:
    match kind:
        case "claim_decided":
            said = {
                "approved": _("A claim of yours was approved."),
                "rejected": _(
                    "A claim of yours was rejected; the reason stands beside it."
                ),
            }.get(facts["state"], _("The decision on a claim of yours was taken back."))
            path = reverse("claim", kwargs={"claim_id": facts["claim_id"]})
            return NoticeText(_("Your claim was decided"), (said,), path)
        case "dispute_answered":
            path = reverse("dispute", kwargs={"dispute_id": facts["dispute_id"]})
            said = _("A dispute that you raised was answered in a sentence.")
            return NoticeText(_("Your dispute was answered"), (said,), path)
        case "program_launched":
            path = reverse("program_terms", kwargs={"program_id": facts["program_id"]})
            said = _("A program was launched in which you take part. Its terms are frozen.")
            return NoticeText(_("A new program for you"), (said,), path)
        case "paid":
            path = reverse("statement", kwargs={"payee_id": payee_id or "you"})
            said = _("Money was paid to you. Your statement says for what.")
            return NoticeText(_("You were paid"), (said,), path)
        case "program_ends":
            path = reverse("program_terms", kwargs={"program_id": facts["program_id"]})
            said = _("A program in which you take part ends in three days, or sooner.")
            return NoticeText(_("A program ends soon"), (said,), path)
    return None


def _of_work(kind: str, facts: Mapping[str, Any]) -> NoticeText | None:
    match kind:
        case "claims_waiting":
            said = _("Claims wait until somebody approves or rejects them.")
            return NoticeText(_("Claims wait for you"), (said,), reverse("claim_queue"))
        case "batch_waiting":
            path = reverse("finance_batch", kwargs={"number": facts["number"]})
            said = _("A payout batch waits until another person has looked at it.")
            return NoticeText(_("A payout batch waits for you"), (said,), path)
        case "job_given_up":
            path = reverse("job_detail", kwargs={"job_id": facts["job_id"]})
            said = _("Background work failed so often that it was given up.")
            return NoticeText(_("Background work was given up"), (said,), path)
        case "endpoint_disabled":
            path = reverse("endpoint", kwargs={"endpoint_id": facts["endpoint_id"]})
            said = _("A webhook failed so often that it was turned off; nothing is lost.")
            return NoticeText(_("A webhook was turned off"), (said,), path)
    return None


def _of_account(kind: str, facts: Mapping[str, Any], payee_id: str) -> NoticeText:
    match kind:
        case "invitation":
            lines = (
                _("You were asked to come in. The link is for you alone and works once."),
                _("If you expected nothing of the kind, leave it be."),
            )
            path = reverse("join", kwargs={"token": facts["token"]})
            return NoticeText(_("You are invited"), lines, path)
        case "new_sign_in":
            lines = (
                _("Somebody signed in as you in a browser that was not seen before."),
                _("If it was not you, end that session and change your password."),
            )
            return NoticeText(_("A new sign-in"), lines, reverse("sessions"))
        case "account_changed":
            lines = (
                _("The account that you are paid to was changed."),
                _("If it was not you, tell whoever pays you at once."),
            )
            path = reverse("payout_method", kwargs={"payee_id": payee_id or "you"})
            return NoticeText(_("Your account was changed"), lines, path)
    raise KeyError(kind)


def address_of(path: str) -> str:
    """Return the whole address of a page, as it stands in mails."""
    return f"{settings.OPENSPIFF_ADDRESS}{path}"


def mail_of(notices: Sequence[Notice], user: Viewer) -> Mail:
    """Return the mail of one notice, or of several at once, to one person."""
    with override(settings.LANGUAGE_CODE):
        texts = [notice_text(one.kind, one.facts, user.payee_id) for one in notices]
        number = notices[0].pk
        kinds = {one.kind for one in notices}
        kind = next(iter(kinds)) if len(kinds) == 1 else ""
        return _written(texts, user_id=user.pk, kind=kind, name=f"notice-{number}")


def invitation_mail(token: str, *, invitation_id: int) -> Mail:
    """Return the mail with the link of an invitation."""
    with override(settings.LANGUAGE_CODE):
        text = notice_text("invitation", {"token": token})
        # A renewed invitation is another mail.
        digest = hashlib.sha256(token.encode()).hexdigest()[:16]
        name = f"invitation-{invitation_id}-{digest}"
        return _written([text], user_id=0, kind="invitation", name=name)


def preview(kind: str, *, user_id: int) -> Mail:
    """Return the mail of a kind with made-up facts; KeyError for no such kind."""
    return _written(
        [notice_text(kind, SAMPLES[kind])], user_id=user_id, kind=kind, name="notice-0"
    )


def _written(texts: Sequence[NoticeText], *, user_id: int, kind: str, name: str) -> Mail:
    base = settings.OPENSPIFF_ADDRESS
    subject = (
        texts[0].subject
        if len(texts) == 1
        else ngettext("%(count)d notice", "%(count)d notices", len(texts))
        % {"count": len(texts)}
    )
    headers = {"Message-ID": f"<{name}@{base.split('://')[-1].split(':')[0]}>"}
    off = ""
    if kind and not NOTICE_KINDS[kind].is_security:
        token = off_token(user_id=user_id, kind=kind)
        off = base + reverse("notice_off", kwargs={"token": token})
        headers |= {
            "List-Unsubscribe": f"<{off}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    context = {
        "subject": subject,
        "texts": [{"lines": one.lines, "url": base + one.path} for one in texts],
        "off": off,
        "wishes": base + reverse("notices"),
        "is_security": bool(kind) and NOTICE_KINDS[kind].is_security,
        "is_for_user": not kind or bool(NOTICE_KINDS[kind].roles),
    }
    return Mail(
        subject=f"openspiff: {subject}",
        text=loader.render_to_string("web/mail/notice.txt", context),
        html=loader.render_to_string("web/mail/notice.html", context),
        headers=headers,
    )


def off_token(*, user_id: int, kind: str) -> str:
    """Return the word in a mail's link by which one kind is turned off for one person."""
    return signing.dumps([user_id, kind], salt=_SALT, compress=True)


def read_off_token(token: str) -> tuple[int, str] | None:
    """Return whom and which kind a link names, or None where it was not made here."""
    try:
        user_id, kind = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(user_id), str(kind)
