"""How is a task written, and where is it done? A sentence, a link, or a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

import attrs
from django.urls import reverse
from django.utils.translation import gettext as _, ngettext

from openspiff.web.queries.board import Task, TaskKind

from ._show import percent


@attrs.frozen(kw_only=True)
class TaskLine:
    """A task as the board shows it: what is the matter, of which program, what helps."""

    name: str
    text: str
    url: str = ""
    action: str = ""
    command: str = ""
    is_urgent: bool = False


_URGENT: Final = {TaskKind.LEAKAGE, TaskKind.BUDGET_SPENT, TaskKind.JOINERS_BROKEN}


def task_line(task: Task) -> TaskLine:
    """Return a task in words, with the place where it is done."""
    line = _LINES[task.kind](task)
    return attrs.evolve(line, name=task.name, is_urgent=task.kind in _URGENT)


def _page(name: str, task: Task) -> str:
    return reverse(name, kwargs={"program_id": task.program_id})


def _line(text: str, url: str = "", action: str = "", command: str = "") -> TaskLine:
    return TaskLine(name="", text=text, url=url, action=action, command=command)


def _leakage(task: Task) -> TaskLine:
    text = ngettext(
        "%(count)d held-out payee has money in the books.",
        "%(count)d held-out payees have money in the books.",
        task.number,
    ) % {"count": task.number}
    return _line(text, _page("program_live", task), _("See the holdout"))


def _budget_spent(task: Task) -> TaskLine:
    text = _("The budget is spent: what comes now is paid nothing.")
    return _line(text, _page("program_live", task), _("See the budget"))


def _budget_low(task: Task) -> TaskLine:
    text = _("%(share)s of the budget is taken.") % {"share": percent(task.number)}
    return _line(text, _page("program_live", task), _("See how long it lasts"))


def _ends_soon(task: Task) -> TaskLine:
    text = ngettext("Its last day is today.", "It ends in %(count)d days.", task.number) % {
        "count": task.number
    }
    return _line(text, _page("program_clone", task), _("Prepare the next one"))


def _claims(task: Task) -> TaskLine:
    text = ngettext(
        "%(count)d claim waits for an answer.",
        "%(count)d claims wait for an answer.",
        task.number,
    ) % {"count": task.number}
    url = f"{reverse('claim_queue')}?{urlencode({'program': task.program_id})}"
    return _line(text, url, _("Decide them"))


def _launch_due(task: Task) -> TaskLine:
    place = {"program_id": task.program_id, "version": task.version}
    url = reverse("draft_launch", kwargs=place)
    if task.version > 1:
        text = _("Version %(version)d is drafted.") % {"version": task.version}
    elif task.number < 0:
        text = _("Its window has begun, and it is still a draft.")
    else:
        text = ngettext(
            "A draft: its window begins in %(count)d day.",
            "A draft: its window begins in %(count)d days.",
            task.number,
        ) % {"count": task.number}
    return _line(text, url, _("Preview and launch"))


def _joiners(task: Task) -> TaskLine:
    text = ngettext(
        "%(count)d payee of the roster is in its audience and has no lot yet.",
        "%(count)d payees of the roster are in its audience and have no lot yet.",
        task.number,
    ) % {"count": task.number}
    return _line(text, _page("program", task) + "#joiners", _("Enroll them"))


def _joiners_broken(task: Task) -> TaskLine:
    text = _("New payees cannot be enrolled: %(told)s.") % {"told": task.told}
    return _line(text, _page("program", task), _("Look"))


def _no_import(task: Task) -> TaskLine:
    command = "openspiff import MAPPING FILES"
    if task.number < 0:
        text = _("Nothing was imported yet.")
        return _line(text, reverse("imports"), _("Import"), command=command)
    text = ngettext(
        "Nothing was imported for %(count)d day.",
        "Nothing was imported for %(count)d days.",
        task.number,
    ) % {"count": task.number}
    return _line(text, reverse("imports"), _("Import"), command=command)


def _unbooked(task: Task) -> TaskLine:
    text = ngettext(
        "%(count)d import is not booked yet.",
        "%(count)d imports are not booked yet.",
        task.number,
    ) % {"count": task.number}
    url = reverse("finance_runs")
    return _line(text, url, _("See what would be booked"), command="openspiff book")


def _close_due(task: Task) -> TaskLine:
    text = _("Nothing can be reported any more: it can be closed.")
    return _line(text, _page("program_end", task), _("Close it"))


def _measure_due(task: Task) -> TaskLine:
    text = _("The weeks after its window are in: measure it.")
    return _line(text, command=f"openspiff measure {task.program_id}")


def _verdict_due(task: Task) -> TaskLine:
    text = _("Measured, and nobody has decided yet.")
    return _line(text, _page("program", task) + "#worth", _("Read the answer"))


_LINES: Final[Mapping[TaskKind, Callable[[Task], TaskLine]]] = {
    TaskKind.LEAKAGE: _leakage,
    TaskKind.BUDGET_SPENT: _budget_spent,
    TaskKind.BUDGET_LOW: _budget_low,
    TaskKind.ENDS_SOON: _ends_soon,
    TaskKind.CLAIMS: _claims,
    TaskKind.LAUNCH_DUE: _launch_due,
    TaskKind.JOINERS: _joiners,
    TaskKind.JOINERS_BROKEN: _joiners_broken,
    TaskKind.NO_IMPORT: _no_import,
    TaskKind.UNBOOKED: _unbooked,
    TaskKind.CLOSE_DUE: _close_due,
    TaskKind.MEASURE_DUE: _measure_due,
    TaskKind.VERDICT_DUE: _verdict_due,
}
