"""When may a window end before its last day? By the rule in its terms, or never."""

from __future__ import annotations

import datetime as dt

from openspiff.errors import Problem

from ._amendment import new_version
from ._errors import ProgramError
from ._model import Program
from ._phrases import date, many


def earliest_end(
    program: Program, *, told_on: dt.date, is_budget_spent: bool
) -> dt.date | None:
    """Return the first day that may no longer count when payees are told on `told_on`.

    The notice is whole days between the two; a spent budget needs none where the terms say
    so. None when the terms have no rule for it.
    """
    early = program.window.may_end_early
    if early is None:
        return None
    is_at_once = early.when_budget_is_spent and is_budget_spent
    notice_days = 0 if is_at_once else early.notice_days
    day = told_on + dt.timedelta(days=1 + notice_days)
    return max(day, program.window.starts_on + dt.timedelta(days=1))


def check_early_end(
    old: Program, new: Program, *, told_on: dt.date, is_budget_spent: bool
) -> None:
    """Refuse a version that shortens the window otherwise than its launched terms allow.

    Raises ProgramError; a version that ends no earlier passes.
    """
    wanted = new.window.ends_before
    if wanted >= old.window.ends_before:
        return
    earliest = earliest_end(old, told_on=told_on, is_budget_spent=is_budget_spent)
    if earliest is None:
        remedy = "only terms with [window.may_end_early] can; pause claims instead"
        problem = Problem(
            "window.ends_before", "these terms promise the whole window", remedy
        )
    elif wanted < earliest:
        early = old.window.may_end_early
        days = many(early.notice_days if early else 0, "day")
        message = f"payees are promised {days} of notice, got {date(wanted)}"
        remedy = f"the earliest first day that no longer counts is {date(earliest)}"
        problem = Problem("window.ends_before", message, remedy)
    else:
        return
    message = f"{old.program_id} cannot end early like this"
    raise ProgramError(message, [problem])


def ended_early(text: str, *, ends_before: dt.date, name: str = "the program") -> str:
    """Return the TOML text of the next version, which ends before `ends_before`.

    It takes what is recorded from that day on, so whatever was recorded before is not
    touched. Raises ProgramError when the text or its amendment is no valid program.
    """
    return new_version(
        text,
        takes_recorded_from=ends_before,
        # A shorter window may be shorter than the notice that was promised for the longer.
        changes={"window.ends_before": ends_before, "window.may_end_early": None},
        name=name,
    )
