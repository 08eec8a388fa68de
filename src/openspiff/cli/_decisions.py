"""Which commands write a report again, record a verdict, give a report away?"""

from __future__ import annotations

import secrets

import click

from openspiff.cli._doors import Door, progress_bar
from openspiff.cli._measure import on_record

_DECISIONS = click.Choice(["repeat", "redesign", "retire", "cannot_tell"])


@click.command()
@click.argument("program_id")
@click.pass_obj
def report(door: Door, program_id: str) -> None:
    """Write the report of the newest measurement from what is on record.

    A report that was written and lies there unchanged stays as it is.
    """
    with progress_bar("writing the report"):
        user = door.open()
        from openspiff.web.actions.decisions import write_edition

        edition = write_edition(
            program_id=program_id,
            measurement_id=_newest(user, program_id),
            acting_user=user,
            at=door.now(),
        )
    stem = door.home.resolve() / "reports" / edition.stem
    record = {
        "report": f"{stem}.html",
        "pdf": f"{stem}.pdf",
        "numbers_digest": edition.numbers_digest,
    }
    lines = [f"{name}: {value}" for name, value in record.items()]
    door.show(record, "\n".join(lines))


@click.command()
@click.argument("program_id")
@click.argument("verdict", type=_DECISIONS)
@click.option("--reasons", required=True, help="Why: a sentence or two.")
@click.option(
    "--because",
    default="",
    help="Why not what the rule stated before launch suggests.",
)
@click.pass_obj
def decide(door: Door, program_id: str, verdict: str, reasons: str, because: str) -> None:
    """Record a verdict on the newest measurement of a program, in your name (`--as`)."""
    user = door.open()
    from openspiff.web.actions.decisions import NewVerdict, decide as decide_on
    from openspiff.web.queries.decisions import verdicts_of

    before = verdicts_of(user, program_id)
    new = NewVerdict(
        program_id=program_id,
        measurement_id=_newest(user, program_id),
        after_id=before[0].verdict_id if before else None,
        verdict=verdict,
        reasons=reasons,
        deviates_because=because,
    )
    row = decide_on(new=new, acting_user=user, at=door.now())
    record = {"verdict": row.verdict, "suggested": row.suggested, "decided_by": str(user)}
    suggested = row.suggested.replace("_", " ")
    words = f"{verdict.replace('_', ' ')}, decided by {user}; suggested was: {suggested}"
    door.show(record, words)


@click.command()
@click.argument("program_id")
@click.option("--for", "note", required=True, help="For whom the link is.")
@click.option(
    "--days",
    type=click.Choice(["7", "30", "90"]),
    default="30",
    show_default=True,
    help="How long it opens.",
)
@click.pass_obj
def share(door: Door, program_id: str, note: str, days: str) -> None:
    """Make a link by which somebody without a user reads the report of a program.

    Prints the path; the name of your server stands before it. The copy behind it hides
    what is about fewer than five payees.
    """
    user = door.open()
    from openspiff.web.actions.decisions_sharing import NewLink, make_share_link
    from openspiff.web.queries.decisions_sharing import token_of

    new = NewLink(
        program_id=program_id,
        measurement_id=_newest(user, program_id),
        note=note,
        days=int(days),
    )
    name = secrets.token_urlsafe(15)
    link = make_share_link(new=new, name=name, acting_user=user, at=door.now())
    path = f"/shared/{token_of(link.name)}/"
    record = {"link": link.pk, "path": path, "expires_at": link.expires_at}
    door.show(record, f"link {link.pk} for {note}, open for {days} days: {path}")


@click.command()
@click.argument("program_id")
@click.argument("link", type=int)
@click.pass_obj
def unshare(door: Door, program_id: str, link: int) -> None:
    """Take a link back, by the number that `share` printed."""
    user = door.open()
    from openspiff.web.actions.decisions_sharing import revoke_share_link

    revoke_share_link(program_id=program_id, link_id=link, acting_user=user, at=door.now())
    door.show({"link": link}, f"link {link} opens nothing any more")


def _newest(user: object, program_id: str) -> int:
    """Return the number of the newest measurement."""
    return on_record(user, program_id)[0].measurement_id
