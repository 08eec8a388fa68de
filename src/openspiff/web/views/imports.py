"""What was imported, what is on its way, and how does the next import begin?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from openspiff.errors import OpenSpiffError
from openspiff.web.access import DO_IMPORTS, READ_IMPORTS, may_act
from openspiff.web.actions import imports as actions, imports_save
from openspiff.web.actions.jobs_asked import ask_for_dry_run
from openspiff.web.forms.imports import NewImportForm
from openspiff.web.forms.numbers import page_number
from openspiff.web.queries import imports as queries, jobs
from openspiff.web.queries.imports import Draft

from ._doors import SignedInRequest, guarded, now_at
from ._import_show import effect_of, left_of, steps_of
from ._uploads import WorkspaceUploads

_BLOCK: Final = 1 << 16


@guarded(READ_IMPORTS)
@require_safe
def import_list(request: SignedInRequest) -> HttpResponse:
    """List what waits and everything that was imported, the latest first."""
    number = page_number(request.GET.get("page", ""))
    context = {
        "open": queries.imports_open(request.user),
        "done": queries.imports_done(request.user, number=number),
        "may_import": may_act(request.user, "work_on_import"),
    }
    return render(request, "web/imports.html", context)


@guarded(DO_IMPORTS)
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: SignedInRequest) -> HttpResponse:
    """Ask for files, and take them in."""
    return _with_uploads(request, _import_new)


def _import_new(request: SignedInRequest, uploads: WorkspaceUploads) -> HttpResponse:
    form = NewImportForm(
        request.POST if request.method == "POST" else None, label_suffix=""
    )
    problem: OpenSpiffError | None = None
    if form.is_valid():
        try:
            draft = actions.start_import(
                **form.cleaned_data,
                files=uploads.files(),
                acting_user=request.user,
                at=now_at(),
            )
        except actions.UploadError as error:
            problem = error
        else:
            return redirect("import_file", draft_id=draft.pk)
    if form.is_bound:
        uploads.forget()
    context = {"form": form, "problem": problem}
    status = 400 if form.is_bound else 200
    return render(request, "web/import_new.html", context, status=status)


@guarded(DO_IMPORTS)
@csrf_exempt
@require_POST
def import_upload(request: SignedInRequest, draft_id: int) -> HttpResponse:
    """Take corrected files in the place of those that were refused."""
    queries.import_draft(request.user, draft_id)

    def replace(request: SignedInRequest, uploads: WorkspaceUploads) -> HttpResponse:
        try:
            draft = actions.replace_files(
                draft_id=draft_id,
                files=uploads.files(),
                acting_user=request.user,
                at=now_at(),
            )
        except OpenSpiffError:
            uploads.forget()
            raise
        is_mapped = draft.state != "chosen"
        return redirect("import_detail" if is_mapped else "import_file", draft_id=draft_id)

    return _with_uploads(request, replace)


def _with_uploads(request: SignedInRequest, view: Any) -> HttpResponse:
    """Let files come into the workspace; only then is the form, and its token, read."""
    uploads = WorkspaceUploads(request)
    request.upload_handlers = [uploads]

    @csrf_protect
    def protected(request: HttpRequest) -> HttpResponse:
        _files = request.FILES  # now, whether anybody has asked for the token or not
        answer: HttpResponse = view(request, uploads)
        return answer

    response: HttpResponse = protected(request)
    if response.status_code == 403:  # noqa: PLR2004 (no token, or a wrong one)
        uploads.forget()
    return response


@guarded(READ_IMPORTS)
@require_safe
def import_detail(request: SignedInRequest, draft_id: int) -> HttpResponse:
    """Show how far an import is, and what its dry run found."""
    draft = queries.import_draft(request.user, draft_id)
    return render(request, "web/import.html", _told(request, draft))


def _told(request: SignedInRequest, draft: Draft) -> dict[str, Any]:
    at = now_at()
    names = {}
    effect = draft.outcome.get("effect") or {}
    if effect.get("payees"):
        ids = [payee_id for payee_id, *_rest in effect["payees"]]
        names = queries.payee_names(request.user, ids)
    return {
        "draft": draft,
        "counts": draft.outcome.get("counts", {}),
        "effect": effect_of(effect, names),
        "steps": steps_of(draft),
        "may_import": may_act(request.user, "work_on_import"),
        **_worked_on(request, draft, at),
        "progress": left_of(draft.progress(), at),
        "has_news": bool(
            draft.outcome.get("events_file") or draft.outcome.get("list_file")
        ),
    }


def _worked_on(request: SignedInRequest, draft: Draft, at: int) -> dict[str, Any]:
    """Return whether the work waits or was interrupted, and whether anybody works."""
    if draft.state != "working":
        return {"is_interrupted": False}
    state = jobs.dry_run_state(request.user, draft.pk, draft.attempt)
    waits = state in {"waiting", "failed"}
    is_over = state in {"dead", "cancelled"}
    return {
        "waits": waits,
        "is_interrupted": is_over or (draft.is_interrupted(at) and not state),
        "workers": jobs.workers_seen(request.user, at=at) if waits else None,
    }


@guarded(READ_IMPORTS)
@require_safe
def import_progress(request: SignedInRequest, draft_id: int) -> HttpResponse:
    """Show how far the work is; a page that waits asks for the whole once it is done."""
    draft = queries.import_draft(request.user, draft_id)
    context = _told(request, draft)
    response = render(request, "web/_import_progress.html", context)
    if draft.state != "working":
        response["HX-Refresh"] = "true"
    return response


@guarded(DO_IMPORTS)
@require_POST
def import_work(request: SignedInRequest, draft_id: int) -> HttpResponse:
    """Begin a dry run, or give one up."""
    viewer = request.user
    queries.import_draft(viewer, draft_id)
    if "cancel" in request.POST:
        actions.cancel_work(draft_id=draft_id, acting_user=viewer, at=now_at())
    else:
        ask_for_dry_run(draft_id=draft_id, acting_user=viewer, at=now_at())
    return redirect("import_detail", draft_id=draft_id)


@guarded(DO_IMPORTS)
@require_POST
def import_save(request: SignedInRequest, draft_id: int) -> HttpResponse:
    """Let the import count."""
    queries.import_draft(request.user, draft_id)
    imports_save.save_import(draft_id=draft_id, acting_user=request.user, at=now_at())
    return redirect("import_detail", draft_id=draft_id)


@guarded(DO_IMPORTS)
@require_POST
def import_discard(request: SignedInRequest, draft_id: int) -> HttpResponse:
    """Give an import up."""
    queries.import_draft(request.user, draft_id)
    actions.discard_import(draft_id=draft_id, acting_user=request.user, at=now_at())
    return redirect("imports")


@guarded(READ_IMPORTS)
@require_safe
def import_rejects(request: SignedInRequest, draft_id: int) -> StreamingHttpResponse:
    """Hand out the file of refused rows."""
    draft = queries.import_draft(request.user, draft_id)
    path: Path = draft.work_folder / "rejects.csv"
    if not draft.outcome.get("rejects_file") or not path.is_file():
        raise Http404(_("no file of rejects"))
    response = StreamingHttpResponse(_blocks(path), content_type="text/csv; charset=utf-8")
    name = f"rejects-{draft.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a file; it is opened when it is asked for, and closed at its end."""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


@guarded(READ_IMPORTS)
@require_safe
def batch_detail(request: SignedInRequest, batch_no: int) -> HttpResponse:
    """Show one batch of events: who brought it, and what it counted."""
    line = queries.imported_batch(request.user, batch_no)
    return _line_page(request, line)


@guarded(READ_IMPORTS)
@require_safe
def list_detail(request: SignedInRequest, file_no: int) -> HttpResponse:
    """Show one roster, list of products or rates."""
    return _line_page(request, queries.imported_list(request.user, file_no))


def _line_page(request: SignedInRequest, line: queries.ImportLine) -> HttpResponse:
    context = {
        "line": line,
        "may_import": may_act(request.user, "work_on_import"),
        "home": settings.OPENSPIFF_HOME,
    }
    return render(request, "web/import_batch.html", context)


@guarded(DO_IMPORTS)
@require_POST
def batch_undo(request: SignedInRequest, batch_no: int) -> HttpResponse:
    """Begin to undo a batch; what it would do is shown before anything is written."""
    queries.imported_batch(request.user, batch_no)
    return _undo(request, batch_no=batch_no)


@guarded(DO_IMPORTS)
@require_POST
def list_undo(request: SignedInRequest, file_no: int) -> HttpResponse:
    """Begin to go back to the list before."""
    queries.imported_list(request.user, file_no)
    return _undo(request, file_no=file_no)


def _undo(request: SignedInRequest, **which: int) -> HttpResponse:
    viewer, at = request.user, now_at()
    draft = actions.start_undo(**which, acting_user=viewer, at=at)
    ask_for_dry_run(draft_id=draft.pk, acting_user=viewer, at=at)
    return redirect("import_detail", draft_id=draft.pk)
