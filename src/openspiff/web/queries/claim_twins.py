"""Was the same claimed before? Same deal, customer or proof, or a colleague's claim."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import attrs
from django.db.models import Q, QuerySet

from openspiff.events import find_events
from openspiff.web.access import READ_CLAIM_QUEUE, NotVisibleError, Viewer, may_enter
from openspiff.web.models import CLAIM_SOURCE, Claim, ClaimState

from .claims import ShownClaim, payee_names
from .feed import feed_files

_CLOSE: Final = 7 * 86_400_000_000
_SHOWN: Final = 8
_OVER: Final = [ClaimState.WITHDRAWN, ClaimState.REJECTED]


@attrs.frozen(kw_only=True)
class Facts:
    """What a claim is compared by; digests are those of its evidence."""

    claim_id: int | None
    payee_id: str
    program_id: str
    kind: str
    subject_id: str
    customer_key: str
    occurred_at: int
    digests: frozenset[str]
    firm_id: str = ""


@attrs.frozen(kw_only=True)
class Twin:
    """Another claim that may be the same, by which of the signs."""

    claim_id: int
    payee_id: str
    payee_name: str
    state: str
    customer: str
    amount_minor: int
    currency: str
    occurred_at: int
    sent_at: int
    signs: tuple[str, ...]
    """Of same_deal, same_customer, same_evidence, colleague, other_firm."""


@attrs.frozen(kw_only=True)
class Neighbour:
    """An event of the feed with the same customer."""

    source: str
    event_id: str
    kind: str
    status: str
    occurred_at: int | None
    payee_id: str
    amount_minor: int
    currency: str


def twins_before_sending(viewer: Viewer, facts: Facts) -> list[Twin]:
    """Return which claims of the payee and of their firm may be the same as this one.

    Those of other firms are nobody's business here: managers see them in the queue.
    """
    if viewer.payee_id != facts.payee_id:
        raise NotVisibleError("no such claim")
    wall = Q(payee_id=viewer.payee_id)
    if facts.firm_id:
        wall |= Q(firm_id=facts.firm_id)
    near = _near([facts]).filter(wall).exclude(state__in=_OVER)
    return _twins(facts, list(near))


def twins_of(viewer: Viewer, claims: Sequence[ShownClaim]) -> dict[int, list[Twin]]:
    """Return for each claim of the queue which others may be the same, of all firms."""
    if not may_enter(viewer, READ_CLAIM_QUEUE):
        raise NotVisibleError("no such queue")
    if not claims:
        return {}
    facts = [facts_of(one) for one in claims]
    near = list(_near(facts).exclude(state=ClaimState.WITHDRAWN))
    return {one.claim_id: _twins(one, near) for one in facts if one.claim_id is not None}


def neighbours_of(
    viewer: Viewer, claims: Sequence[ShownClaim]
) -> dict[int, list[Neighbour]]:
    """Return for each claim what the feed tells of the same customer, the latest first.

    For whoever reads the queue; raises NotVisibleError for others.
    """
    if not may_enter(viewer, READ_CLAIM_QUEUE):
        raise NotVisibleError("no such queue")
    names = sorted({one.row.customer for one in claims})
    rows = find_events(feed_files(viewer), customers=names) if names else []
    found: dict[int, list[Neighbour]] = {}
    for one in claims:
        own = (CLAIM_SOURCE, str(one.row))
        found[one.claim_id] = [
            _neighbour(row)
            for row in rows
            if customer_words(row["customer_id"]) == one.row.customer_key
            and (row["source"], row["event_id"]) != own
        ][:_SHOWN]
    return found


def told_before(viewer: Viewer, facts: Facts, customer: str) -> list[Neighbour]:
    """Return what the feed tells of the payee's own deals with this customer already.

    Only the same behavior, about the same day.
    """
    if viewer.payee_id != facts.payee_id:
        raise NotVisibleError("no such claim")
    rows = find_events(feed_files(viewer), payee_id=facts.payee_id, customers=[customer])
    return [
        _neighbour(row)
        for row in rows
        if row["kind"] == facts.kind
        and row["source"] != CLAIM_SOURCE
        and row["status"] == "done"
        and abs((row["occurred_at"] or 0) - facts.occurred_at) <= _CLOSE
    ][:_SHOWN]


def customer_words(name: str) -> str:
    """Return what two spellings of one customer share, as claims keep it."""
    return " ".join(name.casefold().split())


def _neighbour(row: Mapping[str, Any]) -> Neighbour:
    return Neighbour(**{name: row[name] for name in attrs.fields_dict(Neighbour)})


def facts_of(claim: ShownClaim) -> Facts:
    """Return what a claim is compared by."""
    row = claim.row
    return Facts(
        claim_id=claim.claim_id,
        payee_id=row.payee_id,
        program_id=row.program_id,
        kind=row.kind,
        subject_id=row.subject_id,
        customer_key=row.customer_key,
        occurred_at=row.occurred_at,
        digests=frozenset(one.digest for one in claim.evidence),
        firm_id=row.firm_id,
    )


def _near(facts: Sequence[Facts]) -> QuerySet[Claim]:
    subjects = {one.subject_id for one in facts if one.subject_id}
    digests = {digest for one in facts for digest in one.digests}
    return (
        Claim.objects.filter(
            Q(customer_key__in={one.customer_key for one in facts})
            | Q(subject_id__in=subjects)
            | Q(evidence__digest__in=digests)
        )
        .distinct()
        .prefetch_related("evidence")
        .order_by("pk")
    )


def _twins(facts: Facts, near: Iterable[Claim]) -> list[Twin]:
    found = []
    for other in near:
        digests = {one.digest for one in other.evidence.all()}
        signs = () if other.pk == facts.claim_id else tuple(_signs(facts, other, digests))
        if signs:
            found.append((other, signs))
    names = payee_names(other.payee_id for other, _ in found)
    return [
        Twin(
            claim_id=other.pk,
            payee_id=other.payee_id,
            payee_name=names.get(other.payee_id, other.payee_id),
            state=other.get_state_display(),
            customer=other.customer,
            amount_minor=other.amount_minor,
            currency=other.currency,
            occurred_at=other.occurred_at,
            sent_at=other.sent_at,
            signs=signs,
        )
        for other, signs in found[:_SHOWN]
    ]


def _signs(facts: Facts, other: Claim, digests: Collection[str]) -> Iterable[str]:
    is_own = other.payee_id == facts.payee_id
    same_customer = other.customer_key == facts.customer_key
    if (
        facts.subject_id
        and other.subject_id == facts.subject_id
        and other.kind == facts.kind
    ):
        yield "same_deal"
    if facts.digests & set(digests):
        yield "same_evidence"
    if is_own:
        is_close = abs(other.occurred_at - facts.occurred_at) <= _CLOSE
        if same_customer and is_close and other.program_id == facts.program_id:
            yield "same_customer"
    elif same_customer:
        is_colleague = bool(facts.firm_id) and other.firm_id == facts.firm_id
        yield "colleague" if is_colleague else "other_firm"
