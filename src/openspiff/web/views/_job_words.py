"""What is a job called on a page, and where does it lead?"""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from openspiff.web.access import Viewer
from openspiff.web.queries import jobs
from openspiff.web.queries.jobs import JobLine

from ._import_show import duration_words, step_words


def shown_job(line: JobLine) -> dict[str, Any]:
    """Return a job as templates show it: its title, where it leads, how far it is."""
    title, url = _title(line)
    seconds = line.left_seconds
    return {
        "line": line,
        "title": title,
        "url": url,
        "left": "" if seconds is None else duration_words(seconds),
        "note": step_words(line.note) if line.kind == "import" else line.note,
        "is_long_text": "\n" in line.error_text,
    }


def _title(line: JobLine) -> tuple[str, str]:
    said = line.payload
    match line.kind:
        case "import":
            url = reverse("import_detail", kwargs={"draft_id": said["draft_id"]})
            return _("Import %(number)s") % {"number": said["draft_id"]}, url
        case "run":
            return _("Booking of a run"), reverse("finance_runs")
        case "report":
            url = reverse("measured_one", kwargs=dict(said))
            return _("Report on %(program)s") % {"program": said["program_id"]}, url
        case "delivery":
            url = reverse("delivery", kwargs=dict(said))
            return _("Webhook message %(number)s") % {"number": said["delivery_id"]}, url
        case _:
            return line.key, ""


def job_under_way(viewer: Viewer, line: JobLine | None, *, at: int) -> dict[str, Any]:
    """Return what a page shows of the job that it waits for; nothing once that is over."""
    if line is None or not (line.is_open or line.state == "dead"):
        return {}
    return {"job": shown_job(line), "workers": jobs.workers_seen(viewer, at=at)}
