"""How does one program live? From a market with a known truth to a verdict, in minutes."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from importlib.resources import files as package_files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import click

from openspiff.cli._demo_next import NEXT_NAME, PEOPLE, launch_next, settle_people
from openspiff.cli._demo_truth import truth_rows
from openspiff.cli._doors import Door, progress_bar, say
from openspiff.errors import OpenSpiffError, Problem

if TYPE_CHECKING:
    from openspiff.market import CrmFiles, Market
    from openspiff.measure import Answer
    from openspiff.program import Program

_LAUNCHED: Final = "2025-12-08T14:00Z"
_CLOSED: Final = "2026-04-02T12:00Z"
_PAID: Final = "2026-04-10T12:00Z"
_LATER: Final = "2026-06-28T12:00Z"
_NEXT: Final = "2026-07-03T15:00Z"
_PEOPLE_FILE: Final = "people.txt"


class DemoError(OpenSpiffError):
    """A folder in which the demo cannot be made, or that holds none."""

    code = "demo"


def _at(text: str) -> int:
    from whenever import Instant

    return int(Instant.parse_iso(text).timestamp(unit="microsecond"))


@attrs.define
class _Story:
    """The demo as it goes: the workspace, who acts, and what was said so far."""

    door: Door
    user: Any
    seed: int
    told: int = 0

    def tell(self, text: str) -> None:
        self.told += 1
        click.echo(f"{self.told:>2}. {text}")

    def more(self, text: str) -> None:
        click.echo("\n".join(f"    {line}" for line in text.splitlines()))

    def on(self, instant: str) -> _Story:
        self.door = attrs.evolve(self.door, at=_at(instant))
        return self


@click.command()
@click.argument("folder", default="demo", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Which market, which re-draws.",
)
@click.pass_obj
def demo(door: Door, folder: Path, seed: int) -> None:
    """Carry one program through its whole life on a market with a known truth."""
    from openspiff import web

    if folder.exists() and any(folder.iterdir()):
        if not (folder / _PEOPLE_FILE).is_file():
            problem = Problem(str(folder), "not empty", "name another folder")
            raise DemoError("expected an empty folder for the demo", [problem])
        say(f"{folder} holds a demo already; it is made anew")
        _clear(folder)
    web.create_workspace(folder)
    door = attrs.evolve(door, home=folder, at=_at(_LAUNCHED))
    story = _Story(door=door, user=door.open(), seed=seed)
    with tempfile.TemporaryDirectory(prefix="openspiff-demo-") as scratch:
        answer, truth = _live(story, Path(scratch))
    _report(story, answer, truth)
    launch_next(story.door, story.user, answer.program_id)
    story.tell(f"{NEXT_NAME} is launched with the same terms and a new draw.")
    _look_around(story.on(_NEXT), folder)


def _clear(folder: Path) -> None:
    import shutil

    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _live(story: _Story, scratch: Path) -> tuple[Answer, Market]:
    from openspiff.cli._measure import measure_program
    from openspiff.market import (
        demo_effect,
        demo_setting,
        later_files,
        simulate_market,
        write_crm_files,
    )

    setting = demo_setting()
    history = simulate_market(setting, seed=story.seed)
    story.tell(
        f"A market of {setting.payee_count} payees in {setting.firm_count} firms,"
        " simulated: what the program really adds is known."
    )
    _import(story, write_crm_files(history, scratch / "1", until_at=story.door.now()))
    program = _launch(story)
    treated = _treated(story, program)
    with progress_bar("the market goes on"):
        market = simulate_market(
            setting, seed=story.seed, effect=demo_effect(), treated=treated
        )
    launched_at, closed_at = story.door.now(), _at(_CLOSED)
    story.on(_CLOSED).tell("The window is over. The CRM export of that day is imported.")
    told = later_files(market, scratch / "2", since_at=launched_at, until_at=closed_at)
    _import(story, told)
    _book(story)
    _explain_two(story, program)
    _pay(story.on(_PAID))
    story.on(_LATER).tell(
        "Twelve weeks later: deals were amended, cancelled and reported late."
    )
    later_at = story.door.now()
    told = later_files(market, scratch / "3", since_at=closed_at, until_at=later_at)
    _import(story, told)
    _book(story)
    _prove(story)
    answer = measure_program(story.door, story.user, program.program_id, seed=story.seed)
    return answer, market


def _import(story: _Story, told: CrmFiles) -> None:
    from openspiff.cli._workspace import import_result
    from openspiff.events import load_mapping, read_events

    mapping = load_mapping(told.mapping)
    result = read_events(told.folder, mapping, recorded_at=story.door.now())
    batch = import_result(story.door, story.user, result)
    story.more(f"import: {batch}")


def _launch(story: _Story) -> Program:
    from openspiff.cli._workspace import candidates
    from openspiff.program import content_hash, parse_program, rule_line
    from openspiff.web.actions import programs as program_actions
    from openspiff.web.queries.programs import holdout_counts

    name = "demo-program.toml"
    text = package_files("openspiff.cli").joinpath(name).read_text(encoding="utf-8")
    program = parse_program(text, name=name)
    at = story.door.now()
    (story.door.home / "programs" / f"{program.program_id}.toml").write_text(
        text, encoding="utf-8"
    )
    program_actions.add_program_draft(source_text=text, acting_user=story.user, at=at)
    program_actions.launch_program(
        program_id=program.program_id,
        version=1,
        candidates=candidates(story.user, at),
        acting_user=story.user,
        at=at,
    )
    counts = holdout_counts(story.user, program.program_id)
    story.tell(f"The program, launched and frozen ({content_hash(program)[:12]}):")
    story.more(rule_line(program))
    story.more(f"{counts.enrolled} payees enrolled, {counts.held_out} held out by chance.")
    return program


def _treated(story: _Story, program: Program) -> list[str]:
    """Return who is in the program: enrolled, or joining later, and not held out."""
    from openspiff.cli._workspace import candidates
    from openspiff.program import add_joiners
    from openspiff.web.queries.programs import enrolment

    enrolled = enrolment(story.user, program.program_id)
    whole = add_joiners(program, enrolled, candidates(story.user, None))
    held_out = whole.held_out_ids()
    return [one.payee_id for one in whole.rows if one.payee_id not in held_out]


def _book(story: _Story) -> None:
    from openspiff.cli._books import book_evaluated, run_workspace
    from openspiff.engine import DuckDBEngine
    from openspiff.money import format_money

    with DuckDBEngine() as engine:
        run, _ = run_workspace(story.door, story.user, engine)
        book_evaluated(run, story.user)
        for currency, kinds in run.transfers.totals().items():
            booked = ", ".join(
                f"{kind} {format_money(amount, currency)}" for kind, amount in kinds.items()
            )
            story.tell(f"Booked: {booked} in {run.transfers.count} transfers.")
    with DuckDBEngine() as engine:
        again, _ = run_workspace(story.door, story.user, engine)
        story.more(f"The same run again books {again.transfers.count} transfers.")


def _explain_two(story: _Story, program: Program) -> None:
    """Explain one event that was paid and one that was not."""
    from openspiff.cli._books import explanation_lines
    from openspiff.rules import About
    from openspiff.run import explain_event
    from openspiff.web.queries import feed, programs

    held_out = programs.held_out(story.user)
    enrolled = programs.enrolment(story.user, program.program_id).rows
    paid, unpaid = None, None
    for payee_id in sorted(one.payee_id for one in enrolled):
        about = About(payee_id=payee_id)
        found = explain_event([program], feed.feed_files(story.user), held_out, about)
        paid = paid or next((one for one in found if one.due and not one.reasons), None)
        unpaid = unpaid or next(
            (one for one in found if one.reasons == ("held_out",)), None
        )
        if paid and unpaid:
            break
    story.tell("Why one event was paid, and another was not:")
    for one in (paid, unpaid):
        if one is not None:
            story.more(explanation_lines(one, program.window.zone))


def _pay(story: _Story) -> None:
    from openspiff.cli._books import payable
    from openspiff.engine import DuckDBEngine
    from openspiff.money import format_money
    from openspiff.web.actions.books import pay_payees

    with DuckDBEngine() as engine:
        transfers = payable(story.door, story.user, engine)
        pay_payees(transfers=transfers, acting_user=story.user, at=story.door.now())
        for currency, kinds in transfers.totals().items():
            amount = format_money(kinds["payout"], currency)
            story.tell(f"Paid: {amount} to {transfers.payee_count()} payees.")


def _prove(story: _Story) -> None:
    from openspiff.cli._books import run_workspace
    from openspiff.engine import DuckDBEngine
    from openspiff.ledger import verify
    from openspiff.web.queries import books

    with DuckDBEngine() as engine:
        _, launched = run_workspace(story.door, story.user, engine)
        books.open_books(story.user, engine, is_whole=True)
        broken = verify(engine, programs=launched, with_entitled=True)
    words = "every law of the books holds" if not broken else "\n".join(map(str, broken))
    story.more(f"verify: {words}.")


def _report(story: _Story, answer: Answer, market: Market) -> None:
    from openspiff.cli._doors import table
    from openspiff.cli._measure import write_report
    from openspiff.report import answer_text

    story.tell("Was it worth it?")
    story.more(answer_text(answer))
    rows = [] if market.truth is None else truth_rows(answer, market.truth)
    story.tell("Truth beside estimate (the market knows what the program really added):")
    story.more(table(("quantity", "truth", "estimate"), rows))
    path = write_report(story.door, story.user, answer, truth=rows)
    story.tell(f"The report: {path}")


def _look_around(story: _Story, folder: Path) -> None:
    passwords = {name: secrets.token_urlsafe(9) for name in PEOPLE}
    settle_people(story.door, story.user, passwords)
    lines = [f"{name:8} {passwords[name]}" for name in PEOPLE]
    file = folder / _PEOPLE_FILE
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    story.tell("Look around: `make serve`, then sign in at http://127.0.0.1:8000 as")
    story.more("\n".join(lines))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option(
    "--work/--no-work",
    "has_worker",
    default=True,
    show_default=True,
    help="Start a worker beside the server, and stop it with it.",
)
@click.pass_obj
def serve(door: Door, host: str, port: int, *, has_worker: bool) -> None:
    """Serve the pages of a workspace, with a worker beside."""
    from openspiff import web

    web.setup(door.home)
    web.refuse_unsafe()
    web.check_data_version()
    web.ensure_payout_key(door.home)
    people = door.home / _PEOPLE_FILE
    if people.is_file():
        os.environ.setdefault("OPENSPIFF_AT", str(_at(_NEXT)))
        say(f"the demo, as of {_NEXT[:10]}; sign in as")
        say(people.read_text(encoding="utf-8"))
    say(f"serving {door.home} at http://{host}:{port} (stop with Ctrl-C)")
    if has_worker:
        _start_worker(door.home)
    arguments = ["--bind", f"{host}:{port}", "--threads", "4", "--no-control-socket"]
    application = "django.core.wsgi:get_wsgi_application()"
    command = [sys.executable, "-m", "gunicorn", *arguments, application]
    os.execv(sys.executable, command)  # noqa: S606 (the server takes this process's place)


def _start_worker(home: Path) -> None:
    """Start a worker that ends with this process, which is about to become the server."""
    command = [sys.executable, "-c", "from openspiff.cli import main; main()"]
    watched = ["work", "--while", str(os.getpid())]
    subprocess.Popen([*command, "--home", str(home), *watched])  # noqa: S603 (our own)
