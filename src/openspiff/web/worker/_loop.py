"""How does a worker go round? Signs of life, leases, ended children, new jobs."""

from __future__ import annotations

import os
import secrets
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import attrs
from django.db import InterfaceError, OperationalError, connections

from openspiff.web.actions import jobs_leases as leases
from openspiff.web.actions.calls import OLD_AT_ONCE, drop_old_answers
from openspiff.web.actions.crash_points import crash_point
from openspiff.web.actions.notices_daily import ask_for_look_of_the_day
from openspiff.web.queries.jobs import JobRow

from ._children import Child, Cord, ended_child, start_child, why_it_ended
from ._kinds import WorkOf
from ._one import do_job

_AWAY: Final = (OperationalError, InterfaceError)
_SIGN_EVERY: Final = 5.0
_LOOK_EVERY: Final = 600.0
_TIDY_EVERY: Final = 3_600.0
_SHORTEST_REST, _LONGEST_REST, _BUSY_REST = 0.2, 2.0, 1.0


def _now() -> int:
    return time.time_ns() // 1_000


@attrs.frozen(kw_only=True)
class Plan:
    """How a worker is to work: which kinds, how many at once, until when.

    A lease holds `lease_seconds` and is renewed four times in that; it is longer than a
    database may keep a writer waiting. `while_pid` is a process with whose end it stops.
    """

    kinds: tuple[str, ...] = tuple(leases.JOB_KINDS)
    job_limit: int = 2
    is_once: bool = False
    lease_seconds: int = 60
    grace_seconds: float = 20.0
    while_pid: int | None = None


def work(*, plan: Plan, works: WorkOf, say: Callable[[str], Any]) -> int:
    """Take jobs and do them until told to stop; return how many ended here.

    SIGTERM and SIGINT let running jobs finish for a while, and give back the others.
    """
    worker = Worker(plan=plan, works=works, say=say)
    with worker.signals():
        return worker.run()


@attrs.define(kw_only=True)
class Worker:
    """One worker at work."""

    plan: Plan
    works: WorkOf
    say: Callable[[str], Any]
    children: list[Child] = attrs.field(factory=list)
    ended_count: int = 0
    stop_before: float | None = None
    _cord: Cord = attrs.field(factory=Cord)
    _woken: tuple[int, int] = attrs.field(factory=os.pipe)
    _sign: leases.Sign = attrs.field(init=False)
    _signed: float = float("-inf")
    _looked: float = float("-inf")
    _tidied: float = float("-inf")
    _renewed: float = attrs.field(factory=time.monotonic)
    _rest: float = _SHORTEST_REST
    _is_away: bool = False

    def __attrs_post_init__(self) -> None:
        """Take a name: the host, the process, and the moment it began."""
        self._sign = leases.Sign(
            name=f"{socket.gethostname()}:{os.getpid()}",
            kinds=self.plan.kinds,
            job_limit=self.plan.job_limit,
            begun_at=_now(),
        )

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Let signals wake the worker out of its rest, and stop it in good order."""
        os.set_blocking(self._woken[0], False)
        os.set_blocking(self._woken[1], False)
        handlers = {
            signal.SIGTERM: self._stop,
            signal.SIGINT: self._stop,
            signal.SIGCHLD: lambda *_: None,
        }
        before = {number: signal.signal(number, one) for number, one in handlers.items()}
        woken_before = signal.set_wakeup_fd(self._woken[1], warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(woken_before)
            for number, one in before.items():
                signal.signal(number, one)
            for fd in (*self._woken, self._cord.held_end, self._cord.own_end):
                os.close(fd)

    def _stop(self, *_signal: object) -> None:
        if self.stop_before is None:
            self.stop_before = time.monotonic() + self.plan.grace_seconds
        else:
            self.stop_before = 0.0  # told twice: now

    def run(self) -> int:
        """Go round until told to stop, or once through what is due."""
        kinds = ", ".join(self.plan.kinds)
        self.say(f"worker {self._sign.name} takes {kinds}, {self.plan.job_limit} at once")
        while True:
            try:
                if self._go_round():
                    break
                self._is_away = False
            except _AWAY:
                if not self._is_away:
                    self.say("the database does not answer: trying again")
                self._is_away = True
                connections.close_all()
            self._wait()
        with suppress(*_AWAY):
            leases.note_worker(sign=self._sign, at=_now(), is_over=True)
        connections.close_all()
        self.say(f"worker {self._sign.name} stops: {self.ended_count} jobs ended here")
        return self.ended_count

    def _go_round(self) -> bool:
        """Do what is due now; tell whether the worker is through."""
        now = time.monotonic()
        if now - self._signed >= _SIGN_EVERY:
            leases.note_worker(sign=self._sign, at=_now())
            self._signed = now
        if self._looks_daily and now - self._looked >= _LOOK_EVERY:
            ask_for_look_of_the_day(at=_now())
            self._looked = now
        self._tidy(now)
        pid = self.plan.while_pid
        if pid is not None and os.getppid() != pid and self.stop_before is None:
            self._stop()
        self._reap()
        self._keep_leases(now)
        for child in self.children:
            if now > child.stop_after:
                child.kill("timed_out")
        if self.stop_before is not None:
            if now > self.stop_before:
                for child in self.children:
                    child.kill("given_back")
            return not self.children
        began = self._take()
        return self.plan.is_once and not began and not self.children

    @property
    def _looks_daily(self) -> bool:
        return "look_of_the_day" in self.plan.kinds and not self.plan.is_once

    def _tidy(self, now: float) -> None:
        """Let go, once an hour, of what need not be kept; a piece in each round."""
        if now - self._tidied >= _TIDY_EVERY and (
            drop_old_answers(at=_now()) < OLD_AT_ONCE
        ):
            self._tidied = now

    def _wait(self) -> None:
        """Rest until a signal comes or the time is up; longer the longer nothing comes."""
        rest = _BUSY_REST if self.children else self._rest
        if self.stop_before is not None:
            rest = _SHORTEST_REST
        ready, _, _ = select.select([self._woken[0]], [], [], rest)
        if ready:
            with suppress(BlockingIOError):
                os.read(self._woken[0], 512)
        self._rest = min(self._rest * 1.5, _LONGEST_REST)

    def _keep_leases(self, now: float) -> None:
        """Renew every lease in time; stop the children that have lost theirs."""
        often = min(self.plan.lease_seconds / 4, 2.0 if self.children else 60.0)
        if not self.children or now - self._renewed < often:
            return
        tokens = [child.job.lease_token for child in self.children]
        held = leases.renew_leases(
            tokens=tokens, lease_seconds=self.plan.lease_seconds, at=_now()
        )
        self._renewed = now
        for child in self.children:
            if child.job.lease_token not in held:
                child.kill("lost")

    def _take(self) -> int:
        """Take due jobs into the free places; return how many."""
        began = 0
        while len(self.children) < self.plan.job_limit:
            claimed = leases.claim_jobs(
                kinds=self._welcome(),
                tokens=[secrets.token_hex(16)],
                worker=self._sign.name,
                lease_seconds=self.plan.lease_seconds,
                at=_now(),
            )
            if not claimed:
                break
            crash_point("claimed")
            self._begin(claimed[0])
            began += 1
        if began:
            self._rest = _SHORTEST_REST
        return began

    def _welcome(self) -> list[str]:
        """Return the kinds that may be taken: long ones leave a place for the others."""
        short = [kind for kind in self.plan.kinds if not leases.JOB_KINDS[kind].is_long]
        running = sum(leases.JOB_KINDS[one.job.kind].is_long for one in self.children)
        kept = 1 if short else 0
        is_full = running >= max(self.plan.job_limit - kept, 1)
        return short if is_full else list(self.plan.kinds)

    def _begin(self, job: JobRow) -> None:
        self.say(f"job {job.pk} ({job}): attempt {job.attempt_count}")
        child = start_child(
            job,
            do=lambda: do_job(job, works=self.works, clock=_now),
            cord=self._cord,
            time_limit=leases.JOB_KINDS[job.kind].time_limit_seconds,
        )
        self.children.append(child)

    def _reap(self) -> None:
        """Take leave of children that have ended; write the end that some could not."""
        while (found := ended_child(self.children)) is not None:
            child, code = found
            self.children.remove(child)
            took = time.monotonic() - child.begun
            end = "" if code == 0 else self._write_end(child, code)
            self.ended_count += 1
            self._rest = _SHORTEST_REST
            self.say(f"job {child.job.pk} ({child.job}): ended after {took:.1f} s{end}")

    def _write_end(self, child: Child, code: int) -> str:
        if child.stopped_because == "lost":
            return ", cancelled or taken by another worker"
        if child.stopped_because == "given_back":
            leases.give_back(job=child.job, at=_now())
            return ", given back"
        text = why_it_ended(code)
        if child.stopped_because == "timed_out":
            limit = leases.JOB_KINDS[child.job.kind].time_limit_seconds
            text = f"it took longer than {limit} seconds and was stopped"
        failure = leases.Failure(code=child.stopped_because or "killed", text=text)
        with suppress(leases.LostLeaseError):
            leases.fail(job=child.job, failure=failure, at=_now())
        return f", {text}"
