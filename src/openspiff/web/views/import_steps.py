"""Is the file read rightly, which column says what, and who are the unknown?"""

from __future__ import annotations

import hashlib
from typing import Any

import attrs
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from openspiff.errors import OpenSpiffError
from openspiff.events import (
    Look,
    guess_columns,
    is_plain,
    look_at,
    with_names,
)
from openspiff.web.access import DO_IMPORTS, Viewer
from openspiff.web.actions import imports as actions
from openspiff.web.actions.jobs_asked import ask_for_dry_run
from openspiff.web.forms.import_names import NameAnswers, answers_of
from openspiff.web.forms.imports import (
    ColumnsForm,
    ReadingForm,
    initial_of,
    initial_of_guess,
)
from openspiff.web.queries import imports as queries
from openspiff.web.queries.imports import Draft

from ._doors import SignedInRequest, guarded, now_at
from ._import_show import steps_of

_SHOWN_ROWS = 8
_OFFERED = 1_000


def _look(draft: Draft) -> Look:
    """Look at the first file of a draft, as a person says that it is written."""
    said = {key: draft.reading.get(key, "") for key in ("encoding", "delimiter", "sheet")}
    return look_at(draft.paths[0], **said)


def _header_digest(look: Look) -> str:
    return hashlib.sha256("\n".join(look.header).encode()).hexdigest()


def _open_draft(viewer: Viewer, draft_id: int) -> Draft:
    """Return a draft whose files can still be looked at; else it is too late for that."""
    draft = queries.import_draft(viewer, draft_id)
    if draft.kind == "undo" or draft.state in {"saved", "working"}:
        raise actions.ImportStateError(_("this step of the import is over"))
    return draft


@guarded(DO_IMPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def import_file(request: SignedInRequest, draft_id: int) -> HttpResponse:
    """Show how the file is read; whoever knows better says so."""
    draft = _open_draft(request.user, draft_id)
    form = ReadingForm(request.POST or None, initial=draft.reading, label_suffix="")
    if request.method == "POST" and form.is_valid():
        actions.set_reading(
            draft_id=draft_id,
            reading=actions.Reading(**form.cleaned_data),
            acting_user=request.user,
            at=now_at(),
        )
        return redirect("import_file", draft_id=draft_id)
    look = _look(draft)
    names = dict(ReadingForm.DELIMITERS)
    context = {
        "draft": draft,
        "form": form,
        "look": look,
        "delimiter": names.get(look.rule.delimiter, look.rule.delimiter),
        "rows": list(zip(look.numbers, look.rows, strict=True))[:_SHOWN_ROWS],
        "steps": steps_of(draft, "file"),
    }
    return render(request, "web/import_file.html", context)


@guarded(DO_IMPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: SignedInRequest, draft_id: int) -> HttpResponse:
    """Ask which column says what; a mapping that exists can be taken as it stands."""
    viewer = request.user
    draft = _open_draft(viewer, draft_id)
    look = _look(draft)
    if look.problems:
        return redirect("import_file", draft_id=draft_id)
    files = queries.mapping_files(viewer, draft.kind)
    text, origin = _begin_with(request, draft, look, files)
    is_sent = request.method == "POST"
    problem: OpenSpiffError | None = None
    form: ColumnsForm | None = None
    if is_sent and "mapping_file" in request.POST:
        origin = str(request.POST["mapping_file"])
        text = files.get(origin, text)
        problem = _keep(request, draft, look, text, origin)
        is_kept = problem is None
    else:
        form = _columns_form(request, draft, look, text)
        is_kept = is_sent and form.is_valid()
        if is_kept:
            problem = _keep(request, draft, look, form.mapping_text(text), "")
            is_kept = problem is None
    if is_kept:
        return redirect("import_detail", draft_id=draft_id)
    context = {
        "draft": draft,
        "form": form,
        "problem": problem,
        "files": files,
        "text": text,
        "origin": origin,
        "is_plain": not text or is_plain(text),
        "steps": steps_of(draft, "columns"),
    }
    status = 400 if is_sent else 200
    return render(request, "web/import_columns.html", context, status=status)


def _columns_form(
    request: SignedInRequest, draft: Draft, look: Look, text: str
) -> ColumnsForm:
    """Return the form, filled from a mapping where one is known, else by a guess."""
    guess = guess_columns(look, makes=draft.kind)
    initial = initial_of_guess(guess, source=draft.source, zone=settings.TIME_ZONE)
    if text and is_plain(text):
        initial = {"guess": guess, **initial_of(text)}
    return ColumnsForm(
        request.POST or None,
        look=look,
        kind=draft.kind,
        initial=initial,
        label_suffix="",
    )


def _begin_with(
    request: SignedInRequest, draft: Draft, look: Look, files: dict[str, str]
) -> tuple[str, str]:
    """Return the mapping to begin with, and where it is from: file, memory or nowhere."""
    chosen = request.GET.get("use", "")
    if chosen in files:
        return files[chosen], chosen
    if draft.mapping_text:
        return draft.mapping_text, draft.mapping_file
    text, name = queries.remembered_mapping(
        request.user,
        kind=draft.kind,
        source=draft.source,
        header_digest=_header_digest(look),
    )
    return text, name


def _keep(
    request: SignedInRequest, draft: Draft, look: Look, text: str, name: str
) -> OpenSpiffError | None:
    try:
        actions.set_mapping(
            draft_id=draft.pk,
            mapping_text=text,
            header_digest=_header_digest(look),
            mapping_file=name,
            acting_user=request.user,
            at=now_at(),
        )
        ask_for_dry_run(draft_id=draft.pk, acting_user=request.user, at=now_at())
    except OpenSpiffError as error:
        return error
    return None


@guarded(DO_IMPORTS)
@require_http_methods(["GET", "HEAD", "POST"])
def import_names(request: SignedInRequest, draft_id: int) -> HttpResponse:
    """Ask what names stand for that nobody knows, all on one page."""
    viewer = request.user
    draft = _open_draft(viewer, draft_id)
    if draft.state != "asking":
        return redirect("import_detail", draft_id=draft_id)
    unknown = list(draft.outcome["unknown"])
    known = queries.known_names(viewer)
    answers: NameAnswers | None = None
    if request.method == "POST":
        answers = answers_of(request.POST, unknown, known)
        if not answers.errors:
            _answer(request, draft, answers)
            return redirect("import_detail", draft_id=draft_id)
    context = {
        "draft": draft,
        "groups": _groups(unknown, known, request.POST),
        "errors": answers.errors if answers else [],
        "more": max(draft.outcome.get("unknown_count", 0) - len(unknown), 0),
        "steps": steps_of(draft, "names"),
    }
    return render(request, "web/import_names.html", context, status=400 if answers else 200)


def _answer(request: SignedInRequest, draft: Draft, answers: NameAnswers) -> None:
    text = draft.mapping_text
    for kind in answers.known:
        text = with_names(
            text,
            kind=kind,
            aliases=answers.aliases[kind],
            known=answers.known[kind],
            refused=answers.refused[kind],
        )
    said: dict[str, Any] = {"draft_id": draft.pk, "acting_user": request.user}
    actions.answer_names(
        mapping_text=text, new_payees=answers.new_payees, at=now_at(), **said
    )
    ask_for_dry_run(at=now_at(), **said)


@attrs.frozen(kw_only=True)
class NameGroup:
    """The unknown names of one kind, with the known ones that could be meant."""

    kind: str
    title: str
    keep: str
    leave: str
    rows: list[dict[str, Any]]
    known: list[str]
    has_closest: bool


def _groups(
    unknown: list[dict[str, Any]], known: dict[str, frozenset[str]], said: Any
) -> list[NameGroup]:
    words = {
        "product": (_("Products"), _("a new product")),
        "payee": (_("Payees"), _("put on the roster")),
        "firm": (_("Firms"), _("a new firm")),
    }
    groups = []
    for kind, (title, keep) in words.items():
        rows = [
            {
                **one,
                "number": number,
                "do": said.get(f"do_{number}") or ("same" if one["closest"] else "keep"),
                "as": said.get(f"as_{number}", one["closest"]),
                "firm": said.get(f"firm_{number}", one["firm_id"]),
            }
            for number, one in enumerate(unknown)
            if one["kind"] == kind
        ]
        if rows:
            group = NameGroup(
                kind=kind,
                title=title,
                keep=keep,
                leave=_("leave its rows out"),
                rows=rows,
                known=sorted(known[kind])[:_OFFERED],
                has_closest=any(one["closest"] for one in rows),
            )
            groups.append(group)
    return groups
