"""What do all commands share? The workspace, the clock, the way to print and to fail."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import attrs
import click

from openspiff.errors import OpenSpiffError, Problem

if TYPE_CHECKING:
    from openspiff.engine import Progress

EXIT_PROBLEM: Final = 1
"""Something that a person can put right; click itself uses 2 for a wrong call."""

EXIT_BROKEN: Final = 3
"""`verify` found books that break a law."""


class ActorError(OpenSpiffError):
    """A name that no user of the workspace has."""

    code = "actor"


@attrs.define
class Door:
    """What was said before the command: where, as whom, when, in which form to print."""

    home: Path
    actor: str
    is_json: bool
    at: int | None = None

    def now(self) -> int:
        """Return the moment of this call in microseconds since 1970 UTC."""
        return time.time_ns() // 1000 if self.at is None else self.at

    def open(self) -> Any:
        """Make the workspace ready and return the acting user (a record of `web`)."""
        from openspiff import web

        web.setup(self.home)
        web.check_data_version()
        from openspiff.web.actions.people import OPERATOR, ensure_operator
        from openspiff.web.queries.people import user_named

        if self.actor == OPERATOR:
            return ensure_operator(at=self.now())
        user = user_named(self.actor)
        if user is None:
            raise ActorError("nobody of this name", [Problem("--as", self.actor)])
        return user

    def show(self, record: Any, text: str) -> None:
        """Print the record as JSON, or the text."""
        click.echo(as_json(record) if self.is_json else text)


def as_json(record: Any) -> str:
    """Return a record of plain values, attrs classes and paths as JSON text."""
    return json.dumps(record, default=_plain, indent=2, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if attrs.has(type(value)):
        return {
            field.name: getattr(value, field.name) for field in attrs.fields(type(value))
        }
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows as aligned text; numbers to the right."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [
        max(len(name), *(len(row[index]) for row in texts), 0) if texts else len(name)
        for index, name in enumerate(header)
    ]
    is_number = [
        bool(rows) and all(isinstance(row[index], (int, float)) for row in rows)
        for index in range(len(header))
    ]
    lines = [list(header), ["-" * width for width in widths], *texts]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, is_number, strict=True)
        ).rstrip()
        for line in lines
    )


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Yield a callback that shows the steps of long work, on a terminal only.

    Inside `long_work` the steps are those of its stage, on the bar that is there.
    """
    if _Work.now is not None:
        yield _Work.now.advance
        return
    with _shown(title) as work:
        yield work.advance


@contextmanager
def long_work(title: str, stages: Mapping[str, float]) -> Iterator[None]:
    """Show one bar over several stages, each with its share of the whole.

    `stage` says which one begins; steps told meanwhile move the bar within it.
    """
    with _shown(title) as work:
        work.stages = stages
        _Work.now = work
        try:
            yield
        finally:
            _Work.now = None


def stage(name: str) -> None:
    """Say that a stage of the long work begins; nothing where there is no bar."""
    if _Work.now is not None:
        _Work.now.begin(name)


@attrs.define(kw_only=True)
class _Work:
    """A bar on a terminal (None elsewhere), and where the stages of one work stand."""

    now: ClassVar[_Work | None] = None

    title: str
    bar: Any = None
    task: Any = None
    stages: Mapping[str, float] = attrs.field(factory=dict)
    at: str = ""

    def begin(self, name: str) -> None:
        """Show that a stage begins: what is before it is done."""
        self.at = name
        self._show(name, self._done())

    def advance(self, name: str, number: int, count: int) -> None:
        """Show a step of the stage, or of the whole where there are no stages."""
        share = self.stages.get(self.at, 1.0)
        self._show(name.replace("_", " "), self._done() + share * number / count)

    def _done(self) -> float:
        names = list(self.stages)
        before = names[: names.index(self.at)] if self.at in self.stages else []
        return sum(self.stages[one] for one in before)

    def _show(self, words: str, done: float) -> None:
        if self.bar is not None:
            whole = sum(self.stages.values()) or 1.0
            description = f"{self.title}: {words}"
            self.bar.update(self.task, completed=done, total=whole, description=description)


@contextmanager
def _shown(title: str) -> Iterator[_Work]:
    if not sys.stderr.isatty():
        yield _Work(title=title)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress as Bar, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        yield _Work(title=title, bar=bar, task=bar.add_task(title, total=None))


def say(text: str) -> None:
    """Print a line about the work itself, apart from its result."""
    click.echo(text, err=True)


def fail_plainly(work: Callable[[], Any]) -> Any:
    """Run the command line; a problem that a person can mend ends in words, not a trace."""
    try:
        return work()
    except OpenSpiffError as error:
        click.echo(f"error [{error.code}]: {error}", err=True)
        sys.exit(EXIT_PROBLEM)
