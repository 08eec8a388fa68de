"""What can a server be told while programs run? Drafts, disputes, verdicts, books."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import attrs

from . import shapes
from ._asking import as_body
from ._looking import Looking

_DRAFT = ("get_program_draft", shapes.Program)


@attrs.define
class Running(Looking):
    """The calls by which programs are launched, run, disputed, judged and accounted for."""

    # Programs

    def draft_program(
        self, text: str, *, replaces: str = "", key: str | None = None
    ) -> shapes.Program:
        """Keep a program file as a draft; `replaces` names the draft that was there."""
        body = as_body({"text": text, "replaces": replaces})
        return self._written("draft_program", shapes.Program, body=body, key=key)

    def program_draft(self, program_id: str, version: int) -> shapes.Program:
        """Return a draft."""
        name, kind = _DRAFT
        return self._one(name, kind, {"program_id": program_id, "version": version})

    def discard_draft(
        self, program_id: str, version: int, *, key: str | None = None
    ) -> None:
        """Throw a draft away as it was read."""
        parts = {"program_id": program_id, "version": version}
        match = self._seen(_DRAFT, parts)
        self._written(
            "discard_draft", shapes.VersionList, parts=parts, match=match, key=key
        )

    def launch_draft(
        self, program_id: str, version: int, *, key: str | None = None
    ) -> shapes.Program:
        """Freeze a draft as it was read, and enroll the roster: now it can pay."""
        parts = {"program_id": program_id, "version": version}
        return self._changed("launch_draft", parts, read=_DRAFT, key=key)

    def pause_program(
        self, program_id: str, reason: str, *, key: str | None = None
    ) -> shapes.Program:
        """Take no more claims; payees read the reason."""
        parts, body = {"program_id": program_id}, as_body({"reason": reason})
        kind = shapes.Program
        return self._written("pause_program", kind, parts=parts, body=body, key=key)

    def resume_program(self, program_id: str, *, key: str | None = None) -> shapes.Program:
        """Take claims again."""
        parts = {"program_id": program_id}
        return self._written("resume_program", shapes.Program, parts=parts, key=key)

    def end_program(
        self,
        program_id: str,
        *,
        ends_before: dt.date | None = None,
        key: str | None = None,
    ) -> shapes.Program:
        """Close a program that is over, or end its window early as its terms allow."""
        parts, body = {"program_id": program_id}, as_body({"ends_before": ends_before})
        kind = shapes.Program
        return self._written("end_program", kind, parts=parts, body=body, key=key)

    def enroll_joiners(self, program_id: str, *, key: str | None = None) -> int:
        """Enroll those who came after the launch; return how many."""
        parts = {"program_id": program_id}
        kind = shapes.Joined
        return self._written("enroll_joiners", kind, parts=parts, key=key).joined_count

    def leaderboard(self, program_id: str) -> shapes.Leaderboard:
        """Return the places of a program, as far as its terms show them."""
        parts = {"program_id": program_id}
        return self._one("get_leaderboard", shapes.Leaderboard, parts)

    def take_leaderboard(
        self, program_id: str, *, key: str | None = None
    ) -> shapes.Leaderboard:
        """Keep the final places for ever, once no event can be recorded any more."""
        parts, kind = {"program_id": program_id}, shapes.Leaderboard
        return self._written("take_leaderboard", kind, parts=parts, key=key)

    # Disputes

    def disputes(self, *, state: str = "") -> Iterator[shapes.Dispute]:
        """Return the disputes that the user sees, the oldest first."""
        return self._pages("list_disputes", shapes.Dispute, {"state": state})

    def dispute(self, dispute_id: int) -> shapes.WholeDispute:
        """Return one dispute with its history."""
        return self._one("get_dispute", shapes.WholeDispute, {"dispute_id": dispute_id})

    def raise_dispute(
        self, dispute: shapes.DisputeGiven, *, key: str | None = None
    ) -> shapes.WholeDispute:
        """Object to what an event of one's own paid, or did not."""
        body = as_body(dispute)
        return self._written("raise_dispute", shapes.WholeDispute, body=body, key=key)

    def answer_dispute(
        self, dispute_id: int, sentence: str, *, is_upheld: bool, key: str | None = None
    ) -> shapes.WholeDispute:
        """Answer an open dispute in a sentence that the payee reads."""
        parts = {"dispute_id": dispute_id}
        body = as_body({"is_upheld": is_upheld, "sentence": sentence})
        kind = shapes.WholeDispute
        return self._written("answer_dispute", kind, parts=parts, body=body, key=key)

    # Verdicts and reports

    def verdicts(self, program_id: str) -> tuple[shapes.Verdict, ...]:
        """Return the verdicts on a program, the newest first."""
        parts = {"program_id": program_id}
        return self._one("list_verdicts", shapes.VerdictList, parts).items

    def record_verdict(
        self, program_id: str, verdict: shapes.VerdictGiven, *, key: str | None = None
    ) -> tuple[shapes.Verdict, ...]:
        """Decide on the newest measurement; return all verdicts, the newest first."""
        parts, body = {"program_id": program_id}, as_body(verdict)
        kind = shapes.VerdictList
        return self._written("record_verdict", kind, parts=parts, body=body, key=key).items

    def write_report(
        self, program_id: str, measurement_id: int, *, key: str | None = None
    ) -> shapes.Asked:
        """Have a worker write the report of a measurement; return the job."""
        parts = {"program_id": program_id, "measurement_id": measurement_id}
        return self._written("write_report", shapes.Asked, parts=parts, key=key)

    # The books

    def holds(self) -> tuple[shapes.Hold, ...]:
        """Return the holds in force, the newest first."""
        return self._one("list_holds", shapes.HoldList, {}).items

    def place_hold(self, hold: shapes.HoldGiven, *, key: str | None = None) -> shapes.Hold:
        """Keep the money of a payee, a firm or a program from being paid."""
        return self._written("place_hold", shapes.Hold, body=as_body(hold), key=key)

    def release_hold(
        self, hold_id: int, reason: str, *, key: str | None = None
    ) -> shapes.Hold:
        """End a hold before its day."""
        parts, body = {"hold_id": hold_id}, as_body({"reason": reason})
        return self._written("release_hold", shapes.Hold, parts=parts, body=body, key=key)

    def budgets(self) -> tuple[shapes.Budget, ...]:
        """Return what each launched program may spend and has spent."""
        return self._one("list_budgets", shapes.BudgetList, {}).items

    def batches(self) -> tuple[shapes.Batch, ...]:
        """Return the last payout batches, the latest first."""
        return self._one("list_batches", shapes.BatchList, {}).items

    def batch(self, number: int) -> shapes.WholeBatch:
        """Return one payout batch with its history."""
        return self._one("get_batch", shapes.WholeBatch, {"number": number})

    def batch_lines(self, number: int) -> bytes:
        """Return the lines of one batch as CSV."""
        return self._wire.read("get_batch_lines", {"number": number}, {}).content

    def finance_table(self, name: str, *, month: str = "") -> bytes:
        """Return `transfers`, `trial-balance`, `liability` or `month-end` as CSV."""
        return self._wire.read(
            "get_finance_table", {"name": name}, {"month": month}
        ).content

    def book_file(self, form: str) -> bytes:
        """Return the whole books as text for `beancount` or `hledger`."""
        return self._wire.read("get_book_file", {"form": form}, {}).content
