"""How long does the import wizard take for a million rows, from the upload to the feed?

Run `python benchmarks/import_wizard.py [ROWS]`. The file is a CSV export with a status, an
amount and names in every row; a program pays for its events, and half of the rows are in
the feed before, so that the dry run has an earlier state to compare with. Timed are the
steps that somebody waits for, each in a process of its own as in real life: look at the
file and guess its columns; the dry run (read, compare, money effect); save.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _timing import run_alone

ROWS = 1_000_000
WANTED_SECONDS = 90.0
WANTED_MB = 1_000.0
AT = 1_770_000_000_000_000
PROGRAM = """
program_id = "spring"
name = "Spring sprint"
currency = "USD"
promised_days = 14

[window]
zone = "UTC"
starts_on = 2026-01-01
ends_before = 2026-07-01

[behavior]
kind = "deal_won"
min_amount = "5000.00"

[payout]
kind = "percent"
rate = "2%"

[clawback]
shape = "full"
"""


def write_csv(path: Path, rows: int) -> None:
    """Write an export of deals; every cell follows from the number of its row."""
    with path.open("w", encoding="utf-8") as file:
        file.write("Deal ID,Close date,Rep,Partner,Customer,Product,Amount,Stage\n")
        for one in range(rows):
            file.write(
                f"D-{one:07d},2026-{1 + one % 9:02d}-{1 + one % 28:02d},rep-{one % 5000},"
                f"firm-{one % 500},C-{one % 90_000},Product {one % 40},"
                f'"{1 + one % 90},{one % 1000:03d}.{one % 100:02d}",'
                f"{'Closed Won' if one % 7 else 'Closed Lost'}\n"
            )


def _open(home: str) -> Any:
    from openspiff import web  # noqa: PLC0415 (each step opens the workspace anew)

    web.setup(Path(home))
    from openspiff.web.actions.people import ensure_operator  # noqa: PLC0415

    return ensure_operator(at=AT)


def prepare(home: str) -> None:
    """Make the workspace and launch the program."""
    from openspiff import web  # noqa: PLC0415

    web.create_workspace(Path(home))
    user = _open(home)
    from openspiff.web.actions import programs  # noqa: PLC0415

    programs.add_program_draft(source_text=PROGRAM, acting_user=user, at=AT)
    programs.launch_program(
        program_id="spring", version=1, candidates=[], acting_user=user, at=AT
    )


def look(home: str, path: str) -> int:
    """Take the file in, look at it, guess its columns, keep the mapping."""
    user = _open(home)
    from openspiff.events import (  # noqa: PLC0415
        guess_columns,
        look_at,
        mapping_text,
    )
    from openspiff.web.actions import imports  # noqa: PLC0415

    given = Path(path)
    taken = Path(home) / "uploads" / f"incoming-{given.name}"
    os.link(given, taken)
    new = imports.NewFile(
        path=taken, name="deals.csv", size=given.stat().st_size, digest=""
    )
    draft = imports.start_import(
        kind="events", source="crm", files=[new], acting_user=user, at=AT
    )
    seen = look_at(draft.paths[0])
    guess = guess_columns(seen, makes="events")
    decimal, thousands = guess.money_ways[0]
    columns = dict(guess.columns)
    status, payee = columns.pop("status"), columns.pop("payee")
    words: dict[str, list[str]] = {}
    for word, meant in guess.statuses.items():
        words.setdefault(meant, []).append(word)
    text = mapping_text(
        {
            "source": "crm",
            "zone": "UTC",
            "files": {"deals": {"path": "*.csv", "delimiter": seen.rule.delimiter}},
            "columns": columns,
            "constants": {"kind": "deal_won", "currency": "USD"},
            "status": {"column": status, **words},
            "shares": {"payee": payee},
            "money": {"decimal": decimal, "thousands": thousands},
        }
    )
    imports.set_mapping(
        draft_id=draft.pk, mapping_text=text, header_digest="", acting_user=user, at=AT
    )
    return int(draft.pk)


def dry_run(home: str, draft_id: int) -> dict[str, Any]:
    """Read, compare, and work out the money effect."""
    user = _open(home)
    from openspiff.cli.import_work import work_on_import  # noqa: PLC0415
    from openspiff.web.actions import imports  # noqa: PLC0415
    from openspiff.web.queries.imports import import_draft  # noqa: PLC0415

    begun = imports.begin_work(draft_id=draft_id, acting_user=user, at=AT)
    state = work_on_import(
        user=user, draft_id=draft_id, attempt=begun.attempt, clock=lambda: AT
    )
    outcome = import_draft(user, draft_id).outcome
    return {
        "state": state,
        "counts": outcome.get("counts"),
        "earned": [one["more_minor"] for one in outcome["effect"].get("programs", [])],
        "processor_seconds": round(time.process_time(), 1),
    }


def save(home: str, draft_id: int) -> int:
    """Let it count."""
    user = _open(home)
    from openspiff.web.actions.imports_save import save_import  # noqa: PLC0415

    return save_import(draft_id=draft_id, acting_user=user, at=AT).batch_no or 0


def main(rows: int) -> int:
    """Measure, print, and return whether the figures are within what is wanted."""
    home = tempfile.mkdtemp(prefix="openspiff-wizard-")
    try:
        run_alone(prepare, home)
        half, whole = Path(home) / "half.csv", Path(home) / "whole.csv"
        write_csv(half, rows // 2)
        write_csv(whole, rows)
        _, _, first = run_alone(look, home, str(half))
        run_alone(dry_run, home, first)
        run_alone(save, home, first)
        steps = {}
        *steps["look and guess"], number = run_alone(look, home, str(whole))
        *steps["dry run"], told = run_alone(dry_run, home, number)
        *steps["save"], _ = run_alone(save, home, number)
        again = run_alone(look, home, str(whole))[2]
        *steps["dry run of the same file"], same = run_alone(dry_run, home, again)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    print(f"\n## The import wizard, {rows:,} rows\n\n| step | s | peak MB |\n|---|---|---|")
    for name, (seconds, peak) in steps.items():
        print(f"| {name} | {seconds:.1f} | {peak:,.0f} |")
    timed = [steps[name] for name in ("look and guess", "dry run", "save")]
    total, peak = sum(one[0] for one in timed), max(one[1] for one in timed)
    is_met = total <= WANTED_SECONDS and peak <= WANTED_MB
    print(f"\n{told}; again: {same['counts']}")
    print(f"TOTAL {total:.1f} s, peak {peak:,.0f} MB ({'met' if is_met else 'NOT met'})")
    return 0 if is_met else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
