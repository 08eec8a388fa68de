"""Who are the payees of a file, and since when?"""

from __future__ import annotations

from pathlib import Path

from event_files import GOOD, MAPPING, lines, read, reasons

from openspiff.events import FIRST_INSTANT, LAST_INSTANT, ReadResult

ROSTER = MAPPING.replace(
    "[columns]",
    '[files.people]\npath = "people.csv"\n[payees]\nfile = "people"\npayee_id = "no"\n'
    'role = "job"\nfirm_id = "firm"\nfrom = "since"\nbefore = "gone"\n[columns]',
)


def read_roster(folder: Path, *rows: str) -> ReadResult:
    (folder / "people.csv").write_text(lines(*rows, header="no,job,firm,since,gone"))
    return read(folder, lines(GOOD), ROSTER)


def test_roster_has_spans_that_are_open_where_no_day_is_said(tmp_path: Path) -> None:
    moved = 1_772_341_200_000_000
    result = read_roster(
        tmp_path, "ann,rep,North,,2026-03-01", "ann,lead,South,2026-03-01,"
    )
    assert result.roster == (
        ("ann", "ann", "North", "rep", "", "", "", FIRST_INSTANT, moved),
        ("ann", "ann", "South", "lead", "", "", "", moved, LAST_INSTANT),
    )
    assert result.rejects == ()


def test_roster_rows_that_overlap_or_make_no_sense_are_refused(tmp_path: Path) -> None:
    result = read_roster(
        tmp_path,
        "ann,rep,North,,2026-03-02",
        "ann,lead,South,2026-03-01,",
        "bob,rep,North,2026-03-02,2026-03-01",
        ",rep,North,,",
        "cid,rep,North,soon,",
        "ann,rep,North,,2026-03-02",
    )
    assert result.roster is not None
    assert [row[0] for row in result.roster] == ["ann"]
    assert {one.file for one in result.rejects} == {"people.csv"}
    told = reasons(result)
    assert list(told) == [3, 4, 5, 6]
    assert "overlap" in told[3]
    assert "ends before it begins" in told[4]
    assert result.rejected_count == 0  # no event was refused


def test_payees_of_events_that_are_not_in_the_roster_are_noted(tmp_path: Path) -> None:
    notes = " ".join(map(str, read_roster(tmp_path, "bob,rep,North,,").notes))
    assert "1 payees of events are not in the roster: ann" in notes
