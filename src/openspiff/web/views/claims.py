"""How does a payee claim from a phone? Choose, find or describe, add proof, send."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openspiff.errors import OpenSpiffError
from openspiff.program import Program, rule_line
from openspiff.web.access import READ_CLAIM_QUEUE, READ_CLAIMS, SEND_CLAIMS, may_enter
from openspiff.web.actions import claims as acts
from openspiff.web.actions.claims import NewClaim
from openspiff.web.forms.claims import ClaimForm, ClaimSearchForm, FoundForm, WithdrawForm
from openspiff.web.forms.evidence import signed, unsigned
from openspiff.web.forms.numbers import page_number, whole_number
from openspiff.web.queries import claim_twins, claims, people
from openspiff.web.queries.claim_drafts import drafted_claim
from openspiff.web.queries.claims import ShownClaim
from openspiff.web.queries.found_events import FoundEvent, found_event, found_events
from openspiff.web.queries.programs import pauses_now

from . import _claims as typed
from ._doors import SignedInRequest, guarded, now_at, shown_at, wants_fragment
from ._show import local_day

_FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


@guarded(READ_CLAIMS)
@require_safe
def claim_list(request: SignedInRequest) -> HttpResponse:
    """List the claims of a payee, or of a firm for its owner."""
    page = page_number(request.GET.get("page", ""))
    found = claims.claims_of(request.user, page=page)
    return render(
        request,
        "web/claims.html",
        {"found": found, "is_payee": bool(request.user.payee_id)},
    )


@guarded(SEND_CLAIMS)
@require_safe
def claim_choose(request: SignedInRequest) -> HttpResponse:
    """Let the payee choose the program, with the day until which a claim is taken."""
    at = shown_at()
    pauses = pauses_now(request.user)
    open_now = [
        {
            "program": one.program,
            "rule": rule_line(one.program),
            "deadline": _deadline(one.program, at),
            "paused_because": pauses[one.program.program_id].reason
            if one.program.program_id in pauses
            else "",
        }
        for one in claims.programs_to_claim(request.user, as_of=at)
    ]
    return render(request, "web/claim_choose.html", {"programs": open_now})


@guarded(SEND_CLAIMS)
@require_http_methods(["GET", "HEAD", "POST"])
def claim_new(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Find the deal or describe it, add proof, send."""
    if request.method == "POST":
        program = claims.program_to_claim(request.user, program_id)
        return _sent(request, program, again=None)
    program = _open_program(request, program_id)
    asked = ClaimSearchForm(request.GET)
    search = asked.cleaned_data["q"] if asked.is_valid() else ""
    if search:
        found = found_events(request.user, search)
        context = {"program": program, "found": found, "search": search}
        if wants_fragment(request):
            return render(request, "web/_claim_found.html", context)
        return _form_page(request, program, _empty(program, {}), extra=context)
    event = _found(request, request.GET)
    initial = {} if event is None else typed.initial_of_found(event, program)
    drafted = drafted_claim(request.user, program_id, request.GET.get("draft", ""))
    extra = {"event": event, "is_drafted": bool(drafted)}
    return _form_page(request, program, _empty(program, initial | drafted), extra=extra)


@guarded(SEND_CLAIMS)
@require_POST
def claim_twins_check(request: SignedInRequest, program_id: str) -> HttpResponse:
    """Say while somebody types whether the same was claimed before."""
    program = claims.program_to_claim(request.user, program_id)
    form = ClaimForm(request.POST, program=program)
    form.is_valid()
    said = form.cleaned_data
    context: dict[str, Any] = {"signs": typed.sign_words(), "program": program}
    if said.get("customer") and said.get("occurred_on"):
        facts = typed.facts_of_form(form, None)
        but_not = whole_number(request.GET.get("claim", ""))
        context["twins"], context["told"] = _twins(request, program, facts, [], but_not)
    return render(request, "web/_claim_twins.html", context)


@guarded(SEND_CLAIMS)
@require_http_methods(["GET", "HEAD", "POST"])
def claim_again(request: SignedInRequest, claim_id: int) -> HttpResponse:
    """Send a withdrawn or rejected claim again, with all that it said."""
    claim = claims.claim_seen(request.user, claim_id)
    if request.method == "POST":
        program = claims.program_to_claim(request.user, claim.row.program_id)
        return _sent(request, program, again=claim)
    program = _open_program(request, claim.row.program_id)
    initial = typed.initial_of_claim(claim, program)
    kept = typed.kept_of(claim)
    form = _empty(program, initial | {"kept": signed(request.user, kept)})
    return _form_page(request, program, form, extra={"again": claim, "kept": kept})


@guarded(READ_CLAIMS)
@require_safe
def claim_detail(request: SignedInRequest, claim_id: int) -> HttpResponse:
    """Show one claim: facts beside evidence, where it stands, and how it came there."""
    viewer = request.user
    claim = claims.claim_seen(viewer, claim_id)
    context: dict[str, Any] = {
        "claim": claim,
        "is_own": viewer.payee_id == claim.row.payee_id,
        "may_decide": claims.may_decide(viewer, claim.row),
        "signs": typed.sign_words(),
        "is_reader": may_enter(viewer, READ_CLAIM_QUEUE),
    }
    if context["is_reader"]:
        context["twins"] = claim_twins.twins_of(viewer, [claim])[claim.claim_id]
        context["neighbours"] = claim_twins.neighbours_of(viewer, [claim])[claim_id]
    return render(request, "web/claim.html", context)


@guarded(SEND_CLAIMS)
@require_POST
def claim_withdraw(request: SignedInRequest, claim_id: int) -> HttpResponse:
    """Take back a claim that is not decided."""
    form = WithdrawForm(request.POST)
    claim = claims.claim_seen(request.user, claim_id)
    acts.withdraw_claim(
        claim_id=claim_id,
        revision=form.cleaned_data["revision"] if form.is_valid() else 0,
        acting_user=request.user,
        at=now_at(),
    )
    return redirect("claim", claim_id=claim.claim_id)


@guarded(READ_CLAIMS)
@require_safe
def evidence(request: SignedInRequest, evidence_id: int) -> HttpResponse:
    """Hand out a file as what it is, to be kept: nothing in it runs here."""
    found = claims.evidence_file(request.user, evidence_id)
    response = HttpResponse(found.path.read_bytes(), content_type=found.media_type)
    named = content_disposition_header(as_attachment=True, filename=found.file_name)
    response["Content-Disposition"] = named or "attachment"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = _FILE_POLICY
    return response


def _sent(
    request: SignedInRequest, program: Program, *, again: ShownClaim | None
) -> HttpResponse:
    """Send the form, or show it again with all that was typed, the files kept."""
    form = ClaimForm(request.POST, request.FILES, program=program)
    event = _found(request, request.POST)
    extra: dict[str, Any] = {"again": again, "event": event}
    carried = request.POST.get("kept", "")
    try:
        files = typed.evidence_sent(request, request.user, carried)
    except OpenSpiffError as error:
        files = unsigned(request.user, carried)
        form.is_valid()
        typed.tell(form, error)
    extra["kept"] = files
    try:
        acts.refuse_closed(program, request.user.payee_id, shown_at())
    except acts.PausedProgramError as error:  # while somebody typed: what is typed stays
        form.is_valid()
        typed.tell(form, error)
        return _form_page(request, program, form, extra=extra, status=409)
    if form.is_valid():
        known = claims.claim_sent_with(request.user, form.cleaned_data["token"])
        if known is not None and again is None:
            return _done(known)
        facts = typed.facts_of_form(form, event)
        but_not = None if again is None else again.claim_id
        twins, told = _twins(request, program, facts, files, but_not)
        signs = {sign for one in twins for sign in one.signs} | (
            {"told"} if told else set()
        )
        warned = ",".join(sorted(signs))
        extra |= {"twins": twins, "told": told, "warned": warned}
        if signs and (form.cleaned_data["warned"] != warned or not facts.note.strip()):
            return _form_page(request, program, form, extra=extra, status=409)
        new = NewClaim(
            token=form.cleaned_data["token"],
            program=program,
            facts=facts,
            evidence=tuple(files),
        )
        try:
            return _done(_send(request, new, again))
        except OpenSpiffError as error:
            typed.tell(form, error)
    return _form_page(request, program, form, extra=extra, status=400)


def _done(claim_id: int) -> HttpResponse:
    return redirect(reverse("claim", kwargs={"claim_id": claim_id}) + "?sent")


def _send(request: SignedInRequest, new: NewClaim, again: ShownClaim | None) -> int:
    who: dict[str, Any] = {
        "acting_user": request.user,
        "at": now_at(),
        "as_of": shown_at(),
    }
    if again is None:
        return int(acts.send_claim(claim=new, **who).pk)
    seen = whole_number(request.POST.get("revision", ""))
    revision = again.row.revision if seen is None else seen
    row = acts.resend_claim(claim_id=again.claim_id, revision=revision, claim=new, **who)
    return int(row.pk)


def _form_page(
    request: SignedInRequest,
    program: Program,
    form: ClaimForm,
    *,
    extra: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    kept = extra.get("kept") or []
    context = {
        "program": program,
        "rule": rule_line(program),
        "deadline": _deadline(program, shown_at()),
        "form": form,
        "kept": kept,
        "signed": signed(request.user, kept),
        "signs": typed.sign_words(),
        **{name: value for name, value in extra.items() if name != "kept"},
    }
    return render(request, "web/claim_new.html", context, status=status)


def _empty(program: Program, initial: dict[str, Any]) -> ClaimForm:
    return ClaimForm(initial=initial | {"token": typed.new_token()}, program=program)


def _open_program(request: SignedInRequest, program_id: str) -> Program:
    """Return the program if this payee may claim under it now."""
    program = claims.program_to_claim(request.user, program_id)
    acts.refuse_closed(program, request.user.payee_id, shown_at())
    return program


def _found(request: SignedInRequest, said: Any) -> FoundEvent | None:
    """Return the event that a page or a form names; 404 when it is not the payee's."""
    form = FoundForm(said)
    if not form.is_valid():
        raise Http404
    event = form.cleaned_data["event"]
    if not event:
        return None
    return found_event(request.user, source=form.cleaned_data["source"], event_id=event)


def _twins(
    request: SignedInRequest,
    program: Program,
    facts: acts.ClaimFacts,
    files: list[Any],
    but_not: int | None,
) -> tuple[list[claim_twins.Twin], list[claim_twins.Neighbour]]:
    """Return which claims and which events may be the same as this one."""
    viewer = request.user
    firm_id = people.payee(viewer, viewer.payee_id).firm_id if viewer.payee_id else ""
    asked = typed.compared(viewer, firm_id, program, facts, files, claim_id=but_not)
    return (
        claim_twins.twins_before_sending(viewer, asked),
        claim_twins.told_before(viewer, asked, facts.customer),
    )


def _deadline(program: Program, at: int) -> dict[str, Any]:
    return typed.deadline_of(program, local_day(at, program.window.zone))
