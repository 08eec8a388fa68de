"""What can a server be asked, by the names that the library has? Read, and write once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import attrs

from openspiff.errors import Problem

from . import shapes
from ._asking import as_body
from ._errors import ConnectError
from ._running import Running
from ._wire import Body

_FILE_TYPES = {
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
}


@attrs.define
class Server(Running):
    """An openspiff server, asked in the name of the token's user, by the same walls.

    Lists come as iterators that fetch page after page. What is read one by one is
    remembered by its version, so that a change of what somebody else changed meanwhile is
    refused. Every write is done once, however often the line breaks; give it a `key` of
    your own (the number of the thing in your system) and it is done once though your
    program is started again.
    """

    # Programs

    def programs(self, *, state: str = "") -> Iterator[shapes.Program]:
        """Return every program that the user sees, in its newest version."""
        return self._pages("list_programs", shapes.Program, {"state": state})

    def program(self, program_id: str) -> shapes.Program:
        """Return one program in its newest version."""
        parts = {"program_id": program_id}
        return self._one("get_program", shapes.Program, parts)

    def versions(self, program_id: str) -> tuple[shapes.Program, ...]:
        """Return every version of a program, the newest first."""
        parts = {"program_id": program_id}
        return self._one("list_program_versions", shapes.VersionList, parts).items

    def terms(self, program_id: str, *, version: int | None = None) -> shapes.Terms:
        """Return every promise and limit of a program, in its newest version or another."""
        parts = {"program_id": program_id}
        return self._one("get_program_terms", shapes.Terms, parts, {"version": version})

    # Claims

    def claims(
        self, *, state: str = "", program_id: str = "", payee_id: str = ""
    ) -> Iterator[shapes.Claim]:
        """Return claims, those first that were sent first; `waiting` is a state too."""
        query = {"state": state, "program_id": program_id, "payee_id": payee_id}
        return self._pages("list_claims", shapes.Claim, query)

    def claim(self, claim_id: int) -> shapes.WholeClaim:
        """Return one claim with its evidence and its history."""
        return self._one("get_claim", shapes.WholeClaim, {"claim_id": claim_id})

    def send_claim(
        self, claim: shapes.ClaimGiven, *, key: str | None = None
    ) -> shapes.Claim:
        """Send a claim of the payee that the token's user is."""
        return self._written("send_claim", shapes.Claim, body=as_body(claim), key=key)

    def resend_claim(
        self, claim_id: int, claim: shapes.ClaimFactsGiven, *, key: str | None = None
    ) -> shapes.WholeClaim:
        """Send a withdrawn or rejected claim again, as its next revision."""
        parts = {"claim_id": claim_id}
        read = ("get_claim", shapes.WholeClaim)
        return self._changed("resend_claim", parts, read=read, body=claim, key=key)

    def withdraw_claim(self, claim_id: int, *, key: str | None = None) -> shapes.WholeClaim:
        """Take back a claim that nobody has decided."""
        parts, read = {"claim_id": claim_id}, ("get_claim", shapes.WholeClaim)
        return self._changed("withdraw_claim", parts, read=read, key=key)

    def decide_claims(
        self,
        decision: str,
        claims: Iterable[shapes.Claim | shapes.WholeClaim],
        *,
        reason: str = "",
        key: str | None = None,
    ) -> shapes.Decision:
        """Approve or reject claims as they were read, or undo it: all of them or none."""
        seen = [{"claim_id": one.claim_id, "revision": one.revision} for one in claims]
        body = {"decision": decision, "claims": seen, "reason": reason}
        return self._written("decide_claims", shapes.Decision, body=as_body(body), key=key)

    # Events

    def events(  # noqa: PLR0913 (the filters of the call, named by whoever asks)
        self,
        *,
        source: str = "",
        kind: str = "",
        status: str = "",
        payee_id: str = "",
        firm_id: str = "",
        customer_id: str = "",
        product_id: str = "",
        recorded_from: int | None = None,
        recorded_before: int | None = None,
    ) -> Iterator[shapes.Event]:
        """Return events as the feed says them now, one for each payee of an event."""
        query = {
            "source": source,
            "kind": kind,
            "status": status,
            "payee_id": payee_id,
            "firm_id": firm_id,
            "customer_id": customer_id,
            "product_id": product_id,
            "recorded_from": recorded_from,
            "recorded_before": recorded_before,
        }
        return self._pages("list_events", shapes.Event, query)

    def event(self, source: str, event_id: str) -> tuple[shapes.Event, ...]:
        """Return all that was ever said of one event, the oldest revision first."""
        parts = {"source": source, "event_id": event_id}
        return self._one("get_event", shapes.EventHistory, parts).items

    def add_events(
        self,
        source: str,
        events: Iterable[shapes.EventGiven],
        *,
        is_partial: bool = False,
        key: str | None = None,
    ) -> shapes.Import:
        """Tell events of one source: one batch of the feed, or nothing.

        With `is_partial` what is right is kept, and the answer names the rest.
        """
        body = as_body({"source": source, "events": [attrs.asdict(one) for one in events]})
        query = {"partial": "true" if is_partial else None}
        return self._written("send_events", shapes.Import, body=body, key=key, query=query)

    def add_event_file(
        self, source: str, path: Path, *, is_partial: bool = False, key: str | None = None
    ) -> shapes.Import:
        """Tell many events as a file, `.ndjson` or `.parquet`: one batch, or nothing."""
        media_type = _FILE_TYPES.get(path.suffix.lower())
        if media_type is None or not path.is_file():
            problem = Problem(str(path), "expected a file .ndjson or .parquet")
            raise ConnectError("nothing was sent", [problem])
        body = Body(
            content=lambda: _blocks(path), media_type=media_type, size=path.stat().st_size
        )
        query = {"source": source, "partial": "true" if is_partial else None}
        return self._written(
            "send_event_file", shapes.Import, body=body, key=key, query=query
        )

    # Payees, firms, and what they earned

    def payees(self, *, firm_id: str = "") -> Iterator[shapes.Payee]:
        """Return the payees whom the user sees."""
        return self._pages("list_payees", shapes.Payee, {"firm_id": firm_id})

    def payee(self, payee_id: str) -> shapes.Payee:
        """Return one payee."""
        return self._one("get_payee", shapes.Payee, {"payee_id": payee_id})

    def firms(self) -> Iterator[shapes.Firm]:
        """Return the firms of the roster."""
        return self._pages("list_firms", shapes.Firm, {})

    def firm(self, firm_id: str) -> shapes.WholeFirm:
        """Return one firm with what its payees earned."""
        return self._one("get_firm", shapes.WholeFirm, {"firm_id": firm_id})

    def statement(self, payee_id: str, *, month: str = "") -> shapes.Statement:
        """Return the statement of a payee, whole or one month (`2026-03`) of it."""
        parts = {"payee_id": payee_id}
        return self._one("get_statement", shapes.Statement, parts, {"month": month})

    def statement_csv(self, payee_id: str, *, month: str) -> bytes:
        """Return the lines of one month as CSV, in UTF-8 with a mark for spreadsheets."""
        parts, query = {"payee_id": payee_id}, {"month": month}
        return self._wire.read("get_statement_csv", parts, query).content

    def entitlements(self, payee_id: str) -> tuple[shapes.Entitlement, ...]:
        """Return what every event of a payee is worth today, with the reasons."""
        parts = {"payee_id": payee_id}
        return self._one("get_entitlements", shapes.EntitlementList, parts).items

    def explain(
        self, payee_id: str, *, source: str, event_id: str
    ) -> tuple[shapes.Entitlement, ...]:
        """Return why one event of a payee pays what it pays, by program version."""
        parts, query = {"payee_id": payee_id}, {"source": source, "event_id": event_id}
        return self._one("get_entitlements", shapes.EntitlementList, parts, query).items

    # Runs and reports

    def evaluate(self) -> shapes.RunPreview:
        """Return what a run would book now; nothing is written."""
        return self._one("preview_run", shapes.RunPreview, {})

    def book(self, run: shapes.RunPreview | str, *, key: str | None = None) -> shapes.Run:
        """Book a run as it was seen; what is due otherwise by now is refused."""
        run_id = run if isinstance(run, str) else run.run_id
        body = as_body({"run_id": run_id})
        return self._written("start_run", shapes.Run, body=body, key=key)

    def runs(self) -> Iterator[shapes.Run]:
        """Return the runs that were booked, the oldest first."""
        return self._pages("list_runs", shapes.Run, {})

    def run(self, run_number: int) -> shapes.Run:
        """Return one run."""
        return self._one("get_run", shapes.Run, {"run_number": run_number})

    def all_measurements(self) -> Iterator[shapes.Measurement]:
        """Return the measurements of all programs, the oldest first."""
        return self._pages("list_all_reports", shapes.Measurement, {})

    def measurements(self, program_id: str) -> tuple[shapes.Measurement, ...]:
        """Return every measurement of a program, the newest first."""
        parts = {"program_id": program_id}
        return self._one("list_reports", shapes.MeasurementList, parts).items

    def report(self, program_id: str, measurement_id: int) -> shapes.Report:
        """Return the figures of one measurement."""
        parts = {"program_id": program_id, "measurement_id": measurement_id}
        return self._one("get_report", shapes.Report, parts)

    def report_pdf(self, program_id: str, measurement_id: int) -> bytes:
        """Return the report of one measurement as PDF, as it was written."""
        parts = {"program_id": program_id, "measurement_id": measurement_id}
        return self._wire.read("get_report_pdf", parts, {}).content


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(1 << 16), b"")
