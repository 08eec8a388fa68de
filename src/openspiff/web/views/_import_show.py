"""How is an import told on a page? Its steps, the time left, and its money effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy as lazy, ngettext

from openspiff.web.queries.imports import Draft

_STEPS: Final = {
    "reading": lazy("Reading rows"),
    "comparing": lazy("Comparing with what is known"),
    "money": lazy("Working out the money"),
    "done": lazy("Done"),
}
_KINDS: Final = {
    "accrual": lazy("earned"),
    "reversal": lazy("taken back, not paid yet"),
    "clawback": lazy("wanted back, was paid"),
}
_SECOND: Final = 1_000_000
_MINUTE: Final = 60


@attrs.frozen(kw_only=True)
class Step:
    """One step of the way, where it is done, and whether it is the present one."""

    name: str
    url: str
    is_here: bool
    is_done: bool


def steps_of(draft: Draft, here: str = "") -> list[Step]:
    """Return the steps of an import; those that lie behind lead back while it is open."""
    if draft.kind == "undo":
        return []
    state = draft.state
    present = here or {
        "chosen": "file",
        "asking": "names",
        "saved": "saved",
    }.get(state, "check")
    names = [("file", _("File")), ("columns", _("Columns"))]
    if draft.kind == "events":
        names.append(("names", _("Names")))
    names += [("check", _("Dry run")), ("saved", _("Saved"))]
    order = [key for key, _name in names]
    reached = {"chosen": 1, "asking": order.index("check") - 1}.get(state, len(order) - 2)
    is_open = state not in {"saved", "working"}
    return [
        Step(
            name=name,
            url=_url(key, draft) if is_open and number <= reached else "",
            is_here=key == present,
            is_done=number < order.index(present),
        )
        for number, (key, name) in enumerate(names)
    ]


def _url(key: str, draft: Draft) -> str:
    if key == "names" and draft.state != "asking":
        return ""
    pages = {
        "file": "import_file",
        "columns": "import_columns",
        "names": "import_names",
        "check": "import_detail",
    }
    return reverse(pages[key], kwargs={"draft_id": draft.pk}) if key in pages else ""


def left_of(said: Mapping[str, Any], at: int) -> dict[str, Any]:
    """Return how far the work is: the step, rows, percent, and the time that is left."""
    share = int(said.get("share_ppm", 0))
    elapsed = max(at - int(said.get("begun_at", at)), 0)
    left = ""
    if share > 50_000 and elapsed > _SECOND:  # noqa: PLR2004 (before, nobody can tell)
        seconds = elapsed * (1_000_000 - share) // max(share, 1) // _SECOND
        left = duration_words(int(seconds))
    return {
        "step": step_words(str(said.get("step", ""))),
        "rows": int(said.get("rows", 0)),
        "share_ppm": share,
        "left": left,
    }


def step_words(step: str) -> str:
    """Say at which step the work is."""
    return str(_STEPS.get(step, _("Starting")))


def duration_words(seconds: int) -> str:
    """Say how long something takes: `about 20 seconds`, `about 3 minutes`."""
    if seconds < _MINUTE:
        count = max(-(-seconds // 5) * 5, 5)
        return ngettext("about %(n)s second", "about %(n)s seconds", count) % {"n": count}
    count = -(-seconds // _MINUTE)
    return ngettext("about %(n)s minute", "about %(n)s minutes", count) % {"n": count}


def effect_of(said: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the money effect of a dry run: programs, totals, payees, what a run books."""
    programs = list(said.get("programs", []))
    totals: dict[str, dict[str, int]] = {}
    for one in programs:
        total = totals.setdefault(one["currency"], {"more": 0, "back": 0})
        total["more"] += one["more_minor"]
        total["back"] += one["back_minor"]
    return {
        "programs": programs,
        "totals": [
            {"currency": currency, **sums, "change": sums["more"] - sums["back"]}
            for currency, sums in sorted(totals.items())
        ],
        "payees": [
            {
                "payee_id": payee_id,
                "name": names.get(payee_id, payee_id),
                "currency": currency,
                "change": change,
            }
            for payee_id, currency, change in said.get("payees", [])
        ],
        "payee_count": said.get("payee_count", 0),
        "more_payees": max(said.get("payee_count", 0) - len(said.get("payees", [])), 0),
        "to_book": [
            {"currency": currency, "kind": _KINDS.get(kind, kind), "amount": amount}
            for currency, kinds in said.get("to_book", {}).items()
            for kind, amount in kinds.items()
        ],
    }
