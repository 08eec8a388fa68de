"""Does long work on a terminal show how far it is, from its first stage to its last?"""

from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

from openspiff.cli._doors import _Work

SCRIPT = """
from openspiff.cli._doors import long_work, progress_bar, stage
STAGES = {"opening": 1.0, "comparing": 2.0, "drawing": 1.0}
with long_work("measuring", STAGES):
    stage("opening")
    stage("comparing")
    with progress_bar("inner") as tell:
        tell("two_way", 1, 2)
        tell("path", 2, 2)
    stage("drawing")
with progress_bar("apart") as tell:
    tell("last", 1, 1)
print("DONE")
"""


def shown_on_a_terminal(script: Path) -> str:
    """Run a script with a terminal of its own and return what appeared on it."""
    child, screen = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, str(script)])  # noqa: S606 (our own)
    parts = []
    while True:
        try:
            part = os.read(screen, 65_536)
        except OSError:  # the terminal is closed
            break
        if not part:
            break
        parts.append(part.decode(errors="replace"))
    os.waitpid(child, 0)
    return "".join(parts)


def test_every_stage_is_named_on_one_bar(tmp_path: Path) -> None:
    script = tmp_path / "work.py"
    script.write_text(SCRIPT, encoding="utf-8")
    text = shown_on_a_terminal(script)
    assert "DONE" in text
    assert "measuring: drawing" in text
    assert "inner" not in text  # its steps stand on the bar that is there
    assert "apart: last" in text


def test_stages_follow_each_other_and_steps_move_within_theirs() -> None:
    class Bar:
        """Keeps what a bar would be told."""

        def __init__(self) -> None:
            self.told: list[tuple[str, float]] = []

        def update(self, _task: object, **said: object) -> None:
            share = float(said["completed"]) / float(said["total"])  # type: ignore[arg-type]
            self.told.append((str(said["description"]), share))

    bar = Bar()
    work = _Work(title="t", bar=bar, stages={"a": 1.0, "b": 2.0, "c": 1.0})
    work.begin("a")
    work.begin("b")
    work.advance("two_way", 1, 2)
    work.begin("c")
    assert bar.told == [("t: a", 0.0), ("t: b", 0.25), ("t: two way", 0.5), ("t: c", 0.75)]
