"""Which shapes has the API for jobs?

Written from the schema by `python docs/make_client.py`: change the API, not this.
"""

from __future__ import annotations

from typing import Any

import attrs


@attrs.frozen(kw_only=True)
class Attempt:
    """One attempt that has ended."""

    number: int
    worker: str
    begun_at: int
    ended_at: int
    is_failure: bool
    error_code: str
    error_text: str


@attrs.frozen(kw_only=True)
class Job:
    """One job: what it is about, how far it is, and how it ended."""

    number: int
    kind: str
    key: str
    payload: dict[str, Any]
    state: str
    attempt_count: int
    failure_count: int
    max_attempts: int
    share_ppm: int
    note: str
    left_seconds: int | None
    run_after_at: int
    created_at: int
    created_by: str
    begun_at: int | None
    ended_at: int | None
    worker: str
    result: dict[str, Any]
    error_code: str
    error_text: str


@attrs.frozen(kw_only=True)
class WholeJob:
    """One job with every attempt that has ended, the latest first."""

    number: int
    kind: str
    key: str
    payload: dict[str, Any]
    state: str
    attempt_count: int
    failure_count: int
    max_attempts: int
    share_ppm: int
    note: str
    left_seconds: int | None
    run_after_at: int
    created_at: int
    created_by: str
    begun_at: int | None
    ended_at: int | None
    worker: str
    result: dict[str, Any]
    error_code: str
    error_text: str
    attempts: tuple[Attempt, ...]
