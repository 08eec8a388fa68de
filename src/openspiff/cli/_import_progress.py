"""How does somebody who waits see how far the work is, and that it lives?"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import attrs

from openspiff.errors import OpenSpiffError

READING_SHARE: Final = 0.6
MONEY_FROM_SHARE: Final = 0.8
"""From where on the money is worked out; in between, rows are compared."""

_BEAT_SECONDS: Final = 1.0


class GivenUpError(OpenSpiffError):
    """The import was cancelled, or somebody else has begun on it anew."""

    code = "given_up"


@attrs.define
class Progress:
    """Tells how far the work is, in a file that the page reads, and that it lives."""

    path: Path
    clock: Callable[[], int]
    is_wanted: Callable[[], bool]
    said: dict[str, Any] = attrs.field(factory=dict)
    _asked_at: int = 0
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def tell(self, step: str, share: float, rows: int = 0) -> None:
        """Say which step it is at and which share of all is done.

        Raises GivenUpError when nobody waits for the answer any more.
        """
        self.said |= {"step": step, "share_ppm": int(share * 1_000_000), "rows": rows}
        self.beat()
        now = self.clock()
        if now - self._asked_at > _BEAT_SECONDS * 1_000_000:
            self._asked_at = now
            if not self.is_wanted():
                raise GivenUpError("the import was cancelled or begun anew")

    def beat(self) -> None:
        """Write the sign of life; a reader finds the old one or the new one, whole."""
        with self._lock, suppress(OSError):
            self.said["beat_at"] = self.clock()
            self.said.setdefault("begun_at", self.said["beat_at"])
            partial = self.path.with_suffix(".part")
            partial.write_text(json.dumps(self.said), encoding="utf-8")
            partial.replace(self.path)

    def read(self, rows: int, share: float) -> None:
        """Take the rows read so far, and the share of the reading that they are."""
        self.tell("reading", share * READING_SHARE, rows)

    def compare(self, share: float) -> None:
        """Take the share of the comparing that is done."""
        width = MONEY_FROM_SHARE - READING_SHARE
        self.tell("comparing", READING_SHARE + share * width)

    def count_money(self, share: float) -> None:
        """Take the share of the money that is worked out."""
        self.tell("money", MONEY_FROM_SHARE + share * (1.0 - MONEY_FROM_SHARE))


@contextmanager
def beating(progress: Progress) -> Iterator[None]:
    """Beat once a second, also while a step says nothing."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT_SECONDS):
            progress.beat()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
