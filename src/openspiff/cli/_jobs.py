"""Which commands look after background work? Do it, list it, cancel it, try it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from openspiff.cli._doors import Door, say, table

if TYPE_CHECKING:
    from openspiff.web.queries.jobs import JobLine

_STATES = ("waiting", "running", "done", "failed", "dead", "cancelled")
_MINUTE = 60


@click.command()
@click.option("--once", "is_once", is_flag=True, help="Do what is due, then stop.")
@click.option(
    "--jobs",
    "job_limit",
    default=2,
    show_default=True,
    help="How many at once.",
    type=click.IntRange(min=1),
)
@click.option("--kinds", default="", help="Only these kinds, with commas between.")
@click.option("--while", "while_pid", type=int, hidden=True)
@click.pass_obj
def work(
    door: Door, job_limit: int, kinds: str, while_pid: int | None, *, is_once: bool
) -> None:
    """Do what pages and programs have asked for: imports, runs, reports.

    Start as many as you like, on as many machines as share the workspace and the database.
    Ctrl-C lets what runs finish, and gives back what takes longer than 20 seconds.
    """
    from functools import partial

    from openspiff import web

    web.setup(door.home)
    web.refuse_unsafe()
    from openspiff.web import worker

    plan = worker.Plan(job_limit=job_limit, is_once=is_once, while_pid=while_pid)
    if kinds:
        plan = worker.Plan(
            kinds=_chosen(kinds, plan.kinds),
            job_limit=job_limit,
            is_once=is_once,
            while_pid=while_pid,
        )
    works = partial(worker.work_of, dry_run=_dry_run)
    count = worker.work(plan=plan, works=works, say=say)
    if door.is_json:
        door.show({"ended_count": count}, "")


def _dry_run(**what: Any) -> str:
    from openspiff.cli.import_work import work_on_import

    return work_on_import(**what)


def _chosen(kinds: str, known: tuple[str, ...]) -> tuple[str, ...]:
    chosen = tuple(one.strip() for one in kinds.split(",") if one.strip())
    strange = [one for one in chosen if one not in known]
    if strange or not chosen:
        message = f"{', '.join(strange) or kinds!r}: expected some of {', '.join(known)}"
        raise click.BadParameter(message, param_hint="--kinds")
    return chosen


jobs = click.Group("jobs", help="List background work, show, cancel or retry a job.")


@jobs.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only in this state.")
@click.option("--page", default=1, show_default=True, help="25 jobs a page.")
@click.pass_obj
def list_command(door: Door, state: str | None, page: int) -> None:
    """List jobs, the latest first, with how far each is."""
    user = door.open()
    from openspiff.web.queries import jobs as queries

    states = (state,) if state else ()
    found = queries.jobs_in(user, states=states, at=door.now(), number=page)
    seen = queries.workers_seen(user, at=door.now())
    header = ("job", "kind", "key", "state", "attempts", "done", "left", "by", "reason")
    rows = [
        (
            *(one.number, one.kind, one.key, one.state),
            *(f"{one.attempt_count}", _share(one), _left(one), one.created_by),
            one.error_text.split("\n")[0][:60] if one.state != "done" else "",
        )
        for one in found.lines
    ]
    text = table(header, rows) if rows else "no jobs"
    if not seen.alive_count and any(one.is_open for one in found.lines):
        text += "\n" + _nobody(seen.seen_at)
    door.show({"jobs": found, "workers": seen}, text)


@jobs.command("show")
@click.argument("number", type=int)
@click.pass_obj
def show_command(door: Door, number: int) -> None:
    """Show one job with every attempt and its reason."""
    user = door.open()
    from openspiff.web.queries import jobs as queries

    found = queries.job_detail(user, number, at=door.now())
    lines = [
        f"job {found.number}: {found.kind} {found.key}, {found.state}",
        f"  asked for by {found.created_by or 'nobody'} at {_moment(found.created_at)}",
    ]
    if found.state == "running":
        lines.append(f"  {_share(found)} {found.note} {_left(found)}".rstrip())
    if found.state in ("waiting", "failed"):
        lines.append(f"  not before {_moment(found.run_after_at)}")
    if found.error_text and found.state != "done":
        lines += [f"  {line}" for line in found.error_text.split("\n")]
    lines += [f"  {name}: {value}" for name, value in found.result.items()]
    if found.attempts:
        header = ("attempt", "ended", "at", "worker", "code", "reason")
        rows = [
            (
                *(one.number, one.end_name, _moment(one.ended_at), one.worker),
                *(one.error_code, one.error_text.split("\n")[0]),
            )
            for one in found.attempts
        ]
        lines.append(table(header, rows))
    door.show(found, "\n".join(lines))


@jobs.command("cancel")
@click.argument("number", type=int)
@click.pass_obj
def cancel_command(door: Door, number: int) -> None:
    """Cancel a job that waits or runs; nothing of it counts."""
    user = door.open()
    from openspiff.web.actions.jobs import cancel_job

    job = cancel_job(job_id=number, acting_user=user, at=door.now())
    door.show({"job": number, "state": job.state}, f"job {number}: cancelled")


@jobs.command("retry")
@click.argument("number", type=int)
@click.pass_obj
def retry_command(door: Door, number: int) -> None:
    """Let a job that was given up or cancelled run again."""
    user = door.open()
    from openspiff.web.actions.jobs import retry_job

    job = retry_job(job_id=number, acting_user=user, at=door.now())
    text = f"job {number}: waits for a worker (`openspiff work`)"
    door.show({"job": number, "state": job.state}, text)


def _share(one: JobLine) -> str:
    return f"{one.share_ppm / 1_000_000:.0%}" if one.state in ("running", "done") else ""


def _left(one: JobLine) -> str:
    if one.left_seconds is None:
        return ""
    if one.left_seconds < _MINUTE:
        return f"{one.left_seconds} s left"
    return f"{-(-one.left_seconds // _MINUTE)} min left"


def _moment(at: int) -> str:
    from whenever import Instant

    text = Instant.from_timestamp(at, unit="microsecond").format_iso()
    return f"{text[:19]}Z"


def _nobody(seen_at: int | None) -> str:
    since: Any = "no worker has been seen yet"
    if seen_at is not None:
        since = f"no worker has been seen since {_moment(seen_at)}"
    return f"{since}; start one: openspiff work"
