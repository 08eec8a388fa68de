"""Which claims does the viewer see, what do they say, and what became of them?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import attrs
from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q, QuerySet

from openspiff.program import BehaviorKind, Program, program_from_json
from openspiff.web.access import (
    READ_CLAIM_QUEUE,
    NotAllowedError,
    NotVisibleError,
    Viewer,
    may_act,
    may_enter,
    may_see_payee,
)
from openspiff.web.models import (
    Claim,
    ClaimState,
    ClaimStep,
    Evidence,
    PayeeName,
    ProgramState,
    ProgramVersion,
    Role,
)

from .programs import StoredProgram, launched_program, programs_open_to

PAGE_SIZE: Final = 25
_DAY: Final = 86_400_000_000


@attrs.frozen(kw_only=True)
class ShownStep:
    """One change of a claim's state, as shown."""

    to_state: str
    words: str
    acted_at: int
    actor: str
    reason: str
    revision: int


@attrs.frozen(kw_only=True)
class ShownFile:
    """One file of evidence, as shown."""

    evidence_id: int
    file_name: str
    digest: str
    size_bytes: int
    media_type: str


@attrs.frozen(kw_only=True)
class ShownClaim:
    """One claim with the names of what it is about, its evidence and its history."""

    row: Claim
    program_name: str
    zone: str
    payee_name: str
    evidence: tuple[ShownFile, ...]
    steps: tuple[ShownStep, ...]

    @property
    def claim_id(self) -> int:
        """Return the number of the claim."""
        return int(self.row.pk)

    @property
    def seen(self) -> str:
        """Return the claim with the revision that is shown, as forms name it."""
        return f"{self.row.pk}.{self.row.revision}"

    @property
    def last(self) -> ShownStep:
        """Return the latest step."""
        return self.steps[-1]


@attrs.frozen(kw_only=True)
class QueueFilter:
    """Which claims of the queue are asked for; empty texts ask for all.

    `search` is looked for in names and texts; `claim_id` is the claim that it names, or 0.
    """

    program_id: str = ""
    firm_id: str = ""
    state: str = "waiting"
    min_days: int = 0
    search: str = ""
    claim_id: int = 0
    page: int = 1


@attrs.frozen(kw_only=True)
class Queue:
    """One page of claims, and what the filters may choose from."""

    claims: tuple[ShownClaim, ...]
    count: int
    number: int
    page_count: int
    programs: tuple[tuple[str, str], ...]
    firms: tuple[str, ...]


@attrs.frozen(kw_only=True)
class EvidenceFile:
    """Where a file of evidence lies, and how it is handed out."""

    path: Path
    file_name: str
    media_type: str


def programs_to_claim(viewer: Viewer, *, as_of: int) -> list[StoredProgram]:
    """Return the programs under which the viewer may claim at a moment, by deadline.

    Raises NotAllowedError for whoever is no payee.
    """
    require_payee(viewer)
    found = [
        one
        for one in programs_open_to(viewer, viewer.payee_id)
        if takes_claims(one.program, as_of=as_of)
    ]
    return sorted(
        found,
        key=lambda one: one.program.window.reported_before_at or 2**62,
    )


def takes_claims(program: Program, *, as_of: int) -> bool:
    """Tell whether the terms of a program let claims be sent at a moment."""
    last_at = program.window.reported_before_at
    return (
        program.behavior.kind is not BehaviorKind.NOMINATION_ACCEPTED
        and program.window.starts_at <= as_of
        and (last_at is None or as_of < last_at)
    )


def program_to_claim(viewer: Viewer, program_id: str) -> Program:
    """Return the launched terms that the viewer may read, in their newest version.

    Whether they may claim under them is for `send_claim` to say. Raises NotVisibleError
    and NotAllowedError.
    """
    require_payee(viewer)
    return launched_program(viewer, program_id)


def claims_of(viewer: Viewer, *, page: int = 1) -> Queue:
    """Return the claims of the payee that the viewer is, or of the firm they own.

    The latest first. Raises NotAllowedError for whoever is neither.
    """
    rows = Claim.objects.order_by("-sent_at", "-pk")
    if viewer.role == Role.FIRM_OWNER and viewer.firm_id:
        rows = rows.filter(Q(firm_id=viewer.firm_id) | Q(payee_id=viewer.payee_id or None))
    else:
        require_payee(viewer)
        rows = rows.filter(payee_id=viewer.payee_id)
    return _page(rows, page)


def claim_seen(viewer: Viewer, claim_id: int) -> ShownClaim:
    """Return one claim; raises NotVisibleError for strangers to its payee."""
    found = _shown(Claim.objects.filter(pk=claim_id))
    if not found or not _may_see(viewer, found[0].row):
        message = f"no claim {claim_id}"
        raise NotVisibleError(message)
    return found[0]


def claim_sent_with(viewer: Viewer, token: str) -> int | None:
    """Return the claim that the viewer sent with this form before; None for a new form."""
    rows = Claim.objects.filter(sent_by=viewer.pk, token=token)
    return rows.values_list("pk", flat=True).first()


def claims_named(viewer: Viewer, claim_ids: Iterable[int]) -> list[ShownClaim]:
    """Return claims by number, for whoever reads the queue.

    Raises NotVisibleError when one of them does not exist.
    """
    _require_reader(viewer)
    wanted = set(claim_ids)
    found = _shown(Claim.objects.filter(pk__in=wanted).order_by("pk"))
    if len(found) != len(wanted) or not found:
        raise NotVisibleError("no such claim")
    return found


def claims_awaiting(viewer: Viewer, asked: QueueFilter, *, at: int) -> Queue:
    """Return a page of the queue, who waits longest first.

    Raises NotVisibleError for whoever does not read the queue.
    """
    _require_reader(viewer)
    rows = Claim.objects.order_by("sent_at", "pk")
    if asked.state == "waiting":
        rows = rows.filter(state__in=Claim.WAITING)
    elif asked.state:
        rows = rows.filter(state=asked.state).order_by("-sent_at", "-pk")
    if asked.program_id:
        rows = rows.filter(program_id=asked.program_id)
    if asked.firm_id:
        rows = rows.filter(firm_id=asked.firm_id)
    if asked.min_days:
        rows = rows.filter(sent_at__lt=at - asked.min_days * _DAY)
    if asked.search:
        name = asked.search
        payees = PayeeName.objects.filter(name__icontains=name).values("payee_id")
        rows = rows.filter(
            Q(pk=asked.claim_id)
            | Q(customer__icontains=name)
            | Q(subject_id=name)
            | Q(payee_id__in=payees)
        )
    return _page(rows, asked.page)


def waiting_counts(viewer: Viewer) -> dict[str, int]:
    """Return how many claims of each program wait; none for whoever reads no queue."""
    if not may_enter(viewer, READ_CLAIM_QUEUE):
        return {}
    waiting = Claim.objects.filter(state__in=Claim.WAITING).values_list("program_id")
    return dict(waiting.annotate(count=Count("pk")))


def evidence_file(viewer: Viewer, evidence_id: int) -> EvidenceFile:
    """Return a file for whoever sees its claim or dispute.

    Raises NotVisibleError for strangers, and when the file is gone from the folder.
    """
    one = Evidence.objects.filter(pk=evidence_id).select_related("claim", "dispute").first()
    about = None if one is None else one.claim or one.dispute
    if one is None or about is None or not _may_see(viewer, about):
        message = f"no evidence {evidence_id}"
        raise NotVisibleError(message)
    path = Path(settings.OPENSPIFF_HOME) / "evidence" / one.digest
    if not path.is_file():
        message = f"the file of evidence {evidence_id} is not in the folder"
        raise NotVisibleError(message)
    return EvidenceFile(path=path, file_name=one.file_name, media_type=one.media_type)


def may_decide(viewer: Viewer, row: Claim) -> bool:
    """Tell whether the viewer may decide this claim: never their own."""
    is_own = row.sent_by_id == viewer.pk or row.payee_id == (viewer.payee_id or None)
    return may_act(viewer, "decide_claim") and not is_own


def shown_files(rows: Iterable[Evidence]) -> tuple[ShownFile, ...]:
    """Return rows of evidence as pages show them."""
    return tuple(
        ShownFile(
            evidence_id=one.pk,
            file_name=one.file_name,
            digest=one.digest,
            size_bytes=one.size_bytes,
            media_type=one.media_type,
        )
        for one in rows
    )


def payee_names(payee_ids: Iterable[str]) -> dict[str, str]:
    """Return how payees are shown, where the roster knows them."""
    rows = PayeeName.objects.filter(pk__in=set(payee_ids))
    return {row.payee_id: str(row) for row in rows}


def _page(rows: QuerySet[Claim], page: int) -> Queue:
    pages = Paginator(rows, PAGE_SIZE)
    shown = pages.get_page(page)
    programs = _programs()
    firms = Claim.objects.exclude(firm_id="").values_list("firm_id", flat=True).distinct()
    return Queue(
        claims=tuple(_shown(rows, list(shown), programs)),
        count=pages.count,
        number=shown.number,
        page_count=pages.num_pages,
        programs=tuple((key, one.name) for key, one in sorted(programs.items())),
        firms=tuple(sorted(firms)),
    )


def _shown(
    rows: QuerySet[Claim],
    part: Sequence[Claim] | None = None,
    programs: dict[str, Program] | None = None,
) -> list[ShownClaim]:
    wanted = rows if part is None else Claim.objects.filter(pk__in=[one.pk for one in part])
    order = {one.pk: place for place, one in enumerate(part)} if part is not None else {}
    found = list(
        wanted.prefetch_related(
            Prefetch("steps", ClaimStep.objects.select_related("actor").order_by("pk")),
            Prefetch("evidence", Evidence.objects.order_by("pk")),
        )
    )
    found.sort(key=lambda row: order.get(row.pk, 0))
    names = payee_names(row.payee_id for row in found)
    terms = _programs() if programs is None else programs
    return [_one(row, names, terms) for row in found]


def _one(row: Claim, names: dict[str, str], terms: dict[str, Program]) -> ShownClaim:
    program = terms.get(row.program_id)
    return ShownClaim(
        row=row,
        program_name=row.program_id if program is None else program.name,
        zone="UTC" if program is None else program.window.zone,
        payee_name=names.get(row.payee_id, row.payee_id),
        evidence=shown_files(
            one for one in row.evidence.all() if one.revision == row.revision
        ),
        steps=tuple(
            ShownStep(
                to_state=step.to_state,
                words=str(ClaimState(step.to_state).label),
                acted_at=step.acted_at,
                actor=str(step.actor),
                reason=step.reason,
                revision=step.revision,
            )
            for step in row.steps.all()
        ),
    )


def _programs() -> dict[str, Program]:
    rows = ProgramVersion.objects.exclude(state=ProgramState.DRAFT).order_by("version")
    return {
        row.program_id: program_from_json(row.terms_json, name=str(row)) for row in rows
    }


def _may_see(viewer: Viewer, about: object) -> bool:
    payee_id, firm_id = getattr(about, "payee_id", ""), getattr(about, "firm_id", "")
    is_own = viewer.is_active and bool(payee_id) and viewer.payee_id == payee_id
    return is_own or may_see_payee(viewer, payee_id=payee_id, firm_id=firm_id)


def require_payee(viewer: Viewer) -> None:
    """Raise NotAllowedError for whoever has no claims of their own."""
    if not viewer.payee_id or not may_act(viewer, "send_claim"):
        raise NotAllowedError("only a payee has claims of their own")


def _require_reader(viewer: Viewer) -> None:
    if not may_enter(viewer, READ_CLAIM_QUEUE):
        raise NotVisibleError("no such queue")
