"""What does a dry run find, when is it given up, and when may it be saved?"""

from __future__ import annotations

from pathlib import Path

import pytest
from import_drafts import AT, GOOD, HEADER, MAPPING, outcome, saved, started, tried
from web_world import DAY, World, at_noon, book

from openspiff.cli.import_work import work_on_import
from openspiff.errors import OpenSpiffError
from openspiff.web.actions import imports, imports_save
from openspiff.web.models import AuditRow, EventBatch, ImportDraft, ReferenceFile
from openspiff.web.queries import feed, imports as queries


def test_dry_run_counts_and_shows_the_money_before_anything_is_written(
    world: World,
) -> None:
    before = {path.name for path in (world.home / "feed").iterdir()}
    draft_id = started(world)
    assert tried(world, draft_id) == "ready"
    told = outcome(world, draft_id)
    assert told["counts"] == {"new": 2, "changed": 0, "known": 0, "rejected": 0}
    [program] = told["effect"]["programs"]
    # 5% of 4,000.00 is 200.00; the cap of 300.00 leaves her that beside 65.00.
    assert (program["program_id"], program["more_minor"]) == ("spring", 200_00)
    assert program["back_minor"] == 0
    assert told["effect"]["payees"] == [["cleo", "USD", 200_00]]
    assert told["effect"]["to_book"]["USD"]["accrual"] == 200_00
    assert {path.name for path in (world.home / "feed").iterdir()} == before
    assert EventBatch.objects.count() == 2


def test_saved_import_earns_what_the_dry_run_said(world: World) -> None:
    draft = saved(world)
    assert (draft.state, draft.batch_no) == ("saved", 3)
    row = EventBatch.objects.get(batch_no=3)
    assert row.counts == {"new": 2, "changed": 0, "known": 0, "rejected": 0}
    assert row.imported_by == world.users["manager"]
    book(world.users["administrator"], at_noon(3, 21))
    assert tried(world, started(world)) == "ready"


def test_every_step_leaves_one_audit_row(world: World) -> None:
    first = AuditRow.objects.count()
    draft = saved(world)
    found = AuditRow.objects.order_by("pk")[first:]
    mine = [one.action for one in found if one.object_kind == "import"]
    assert mine == [
        "start_import",
        "set_mapping",
        "begin_import_work",
        "finish_import_work",
        "save_import",
    ]
    others = [one for one in found if one.object_kind != "import"]
    assert [(one.action, one.object_id) for one in others] == [
        ("record_batch", str(draft.batch_no))
    ]


def test_same_file_again_and_renamed_is_known(world: World) -> None:
    saved(world)
    for name in ("deals.csv", "renamed.csv"):
        draft_id = started(world, name=name)
        assert tried(world, draft_id) == "ready"
        told = outcome(world, draft_id)
        assert told["counts"] == {"new": 0, "changed": 0, "known": 2, "rejected": 0}
        assert told["events_file"] == ""
        assert told["effect"] == {}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (HEADER + 'D-20,2026-03-03,cleo,GTX Pro,"4,000.00,Closed Won\n', "row 2"),
        (GOOD + "D-22,2026-03-03,cleo\n", "row 4"),
        (GOOD.replace("Product", "Rep"), "row 1"),
        (GOOD.replace("Stage", "Step"), "Stage"),
    ],
)
def test_broken_file_names_the_line_and_nothing_is_imported(
    world: World, content: str, place: str
) -> None:
    draft_id = started(world, content)
    assert tried(world, draft_id) == "refused"
    draft = queries.import_draft(world.users["manager"], draft_id)
    assert place in str(draft.problems)
    with pytest.raises(imports.ImportStateError):
        imports_save.save_import(
            draft_id=draft_id, acting_user=world.users["manager"], at=AT
        )
    assert EventBatch.objects.count() == 2


def test_hostile_cells_name_their_rows_and_leave_the_others(world: World) -> None:
    long = "x" * 200_000
    content = GOOD + (
        f"D-22,2026-03-03,cleo,{long},1.00,Closed Won\n"
        "D-23,2026-03-03,cl\0eo,GTX Pro,1.00,Closed Won\n"
        '"=HYPERLINK(""x"")",2026-99-03,cleo,GTX Pro,1.00,Closed Won\n'
    )
    draft_id = started(world, content)
    assert tried(world, draft_id) == "ready"
    told = outcome(world, draft_id)
    assert told["counts"] == {"new": 2, "changed": 0, "known": 0, "rejected": 3}
    draft = queries.import_draft(world.users["manager"], draft_id)
    text = (draft.work_folder / "rejects.csv").read_text(encoding="utf-8-sig")
    lines = text.splitlines()
    assert lines[0] == "file,row,column,value,reason,remedy"
    assert [line.split(",")[1] for line in lines[1:]] == ["4", "5", "6"]
    assert not [cell for line in lines for cell in line.split(",") if cell[:1] == "="]


def test_dry_run_that_was_cancelled_answers_in_vain(world: World) -> None:
    user = world.users["manager"]
    draft_id = started(world)
    begun = imports.begin_work(draft_id=draft_id, acting_user=user, at=AT)
    imports.cancel_work(draft_id=draft_id, acting_user=user, at=AT)
    assert begun.attempt == 1
    for attempt in (1, 2):
        said = work_on_import(
            user=user, draft_id=draft_id, attempt=attempt, clock=lambda: AT
        )
        assert said == "given_up"
    with pytest.raises(imports.ImportStateError):
        imports.finish_work(draft_id=draft_id, attempt=1, outcome={}, at=AT)
    assert ImportDraft.objects.get(pk=draft_id).state == "mapped"


def test_dry_run_cancelled_in_the_middle_stops(world: World) -> None:
    user = world.users["manager"]
    draft_id = started(world)
    begun = imports.begin_work(draft_id=draft_id, acting_user=user, at=AT)
    calls = []

    def clock() -> int:
        if len(calls) == 3:
            imports.cancel_work(draft_id=draft_id, acting_user=user, at=AT)
        calls.append(1)
        return AT + len(calls) * 2_000_000

    said = work_on_import(user=user, draft_id=draft_id, attempt=begun.attempt, clock=clock)
    assert said == "given_up"
    assert ImportDraft.objects.get(pk=draft_id).state == "mapped"


def test_killed_work_counts_as_interrupted_and_can_be_done_again(world: World) -> None:
    user = world.users["manager"]
    draft_id = started(world)
    imports.begin_work(draft_id=draft_id, acting_user=user, at=AT)
    with pytest.raises(imports.ImportStateError, match="being read already"):
        imports.begin_work(draft_id=draft_id, acting_user=user, at=AT + 5_000_000)
    later = AT + 90_000_000
    assert queries.import_draft(user, draft_id).is_interrupted(later)
    assert tried(world, draft_id, at=later) == "ready"
    assert ImportDraft.objects.get(pk=draft_id).attempt == 2


def test_save_is_refused_when_the_feed_has_moved_on(world: World) -> None:
    draft_id = started(world)
    assert tried(world, draft_id) == "ready"
    saved(world, GOOD.replace("D-2", "D-3"))
    with pytest.raises(imports.ImportStateError) as caught:
        imports_save.save_import(
            draft_id=draft_id, acting_user=world.users["manager"], at=AT
        )
    assert "have changed since" in str(caught.value)
    assert ImportDraft.objects.get(pk=draft_id).state == "ready"
    assert tried(world, draft_id) == "ready"
    imports_save.save_import(draft_id=draft_id, acting_user=world.users["finance"], at=AT)
    assert EventBatch.objects.count() == 4


def test_save_is_refused_a_day_later_and_twice_is_once(world: World) -> None:
    user = world.users["manager"]
    draft_id = started(world)
    assert tried(world, draft_id) == "ready"
    with pytest.raises(imports.ImportStateError, match="nothing was saved"):
        imports_save.save_import(draft_id=draft_id, acting_user=user, at=AT + 2 * DAY)
    first = imports_save.save_import(draft_id=draft_id, acting_user=user, at=AT)
    rows = AuditRow.objects.count()
    again = imports_save.save_import(draft_id=draft_id, acting_user=user, at=AT)
    assert (again.batch_no, AuditRow.objects.count()) == (first.batch_no, rows)


def test_nothing_is_half_written_when_the_last_step_fails(world: World) -> None:
    draft_id = started(world)
    assert tried(world, draft_id) == "ready"
    folder = world.home / "mappings"
    folder.write_text("a file where the folder should be", encoding="utf-8")
    rows = AuditRow.objects.count()
    with pytest.raises(OSError, match="mappings"):
        imports_save.save_import(
            draft_id=draft_id, acting_user=world.users["manager"], at=AT
        )
    assert EventBatch.objects.count() == 2
    assert AuditRow.objects.count() == rows
    folder.unlink()
    imports_save.save_import(draft_id=draft_id, acting_user=world.users["manager"], at=AT)
    assert EventBatch.objects.count() == 3


def test_mapping_is_kept_as_a_file_that_the_command_line_reads(world: World) -> None:
    from openspiff.events import load_mapping  # noqa: PLC0415

    draft = saved(world)
    path = world.home / "mappings" / draft.mapping_file
    assert path.name == "crm2-00000000.toml"
    assert load_mapping(path).source == "crm2"
    assert not (draft.folder / "files").exists()
    text, name = queries.remembered_mapping(
        world.users["manager"], kind="events", source="crm2", header_digest="0" * 64
    )
    assert (text, name) == (MAPPING, path.name)


def test_demoted_user_finishes_and_saves_nothing(world: World) -> None:
    from openspiff.web.access import NotAllowedError  # noqa: PLC0415

    user = world.users["manager"]
    draft_id = started(world)
    assert tried(world, draft_id) == "ready"
    user.role = "analyst"
    user.save()
    for act in (imports.begin_work, imports.discard_import, imports_save.save_import):
        with pytest.raises(NotAllowedError):
            act(draft_id=draft_id, acting_user=user, at=AT)


def test_discarded_import_leaves_no_file(world: World) -> None:
    draft_id = started(world)
    folder: Path = ImportDraft.objects.get(pk=draft_id).folder
    assert [path.name for path in (folder / "files").iterdir()] == ["deals.csv"]
    imports.discard_import(draft_id=draft_id, acting_user=world.users["manager"], at=AT)
    assert not folder.exists()
    with pytest.raises(OpenSpiffError):
        queries.import_draft(world.users["manager"], draft_id)


def test_roster_is_merged_and_joiners_are_enrolled(world: World) -> None:
    mapping = (
        'makes = "roster"\nsource = "hr"\nzone = "UTC"\n'
        '[files.file]\npath = "*"\nformat = "csv"\n'
        '[columns]\npayee_id = "id"\nname = "name"\nfirm_id = "firm"\n'
    )
    content = "id,name,firm\nana,Ana Ruiz-Lee,north\nedd,Edd Fox,east\n,Nobody,east\n"
    draft = saved(world, content, mapping=mapping, kind="roster")
    assert draft.outcome["counts"] == {"new": 1, "changed": 1, "known": 0, "rejected": 1}
    assert (draft.batch_no, draft.file_no) == (None, ReferenceFile.objects.latest("id").pk)
    assert queries.known_names(world.users["manager"])["payee"] == {
        *("ana", "ben", "cleo", "dan", "edd")
    }
    names = queries.payee_names(world.users["manager"], ["ana", "edd"])
    assert names == {"ana": "Ana Ruiz-Lee", "edd": "Edd Fox"}
    joined = AuditRow.objects.filter(action="enroll_joiners")
    assert joined.count() == 1
    again = started(world, content, mapping=mapping, kind="roster")
    assert tried(world, again) == "ready"
    assert outcome(world, again)["counts"]["new"] == 0
    assert "list_file" not in outcome(world, again)


def test_rates_are_merged_with_those_that_stood(world: World) -> None:
    mapping = (
        'makes = "rates"\nsource = "bank"\nzone = "UTC"\n'
        '[files.file]\npath = "*"\nformat = "csv"\n'
        '[columns]\nfrom_currency = "from"\nrate = "rate"\nfrom = "day"\n'
        '[constants]\nto_currency = "USD"\n'
    )
    first = (
        "from,rate,day\nEUR,1.08,2026-01-01\nEUR,1.10,2026-02-01\nJPY,0.0067,2026-01-01\n"
    )
    draft = saved(world, first, mapping=mapping, kind="rates")
    assert draft.outcome["counts"] == {"new": 3, "changed": 0, "known": 0, "rejected": 0}
    second = "from,rate,day\nEUR,1.12,2026-03-01\nEUR,-1,2026-04-01\nXX,1,2026-04-01\n"
    draft = saved(world, second, mapping=mapping, kind="rates")
    assert draft.outcome["counts"]["rejected"] == 2
    from openspiff.events import RATE_COLUMNS, list_rows  # noqa: PLC0415

    path = feed.feed_files(world.users["manager"]).rates
    rows = sorted(list_rows(path, RATE_COLUMNS))
    assert [(row[0], row[4], row[5]) for row in rows] == [
        ("EUR", 1_080_000, 1_000_000),
        ("EUR", 1_100_000, 1_000_000),
        ("EUR", 1_120_000, 1_000_000),
        ("JPY", 670_000_000, 1_000_000_000),
    ]
    assert rows[0][3] == rows[1][2]
    assert rows[1][3] == rows[2][2]


def test_products_become_known_names(world: World) -> None:
    mapping = (
        'makes = "products"\nsource = "erp"\nzone = "UTC"\n'
        '[files.file]\npath = "*"\nformat = "csv"\n[columns]\nproduct_id = "sku"\n'
    )
    saved(world, "sku\nMG Special\nGTX Basic\n", mapping=mapping, kind="products")
    known = queries.known_names(world.users["manager"])["product"]
    assert known == {"GTX Pro", "MG Special", "GTX Basic"}


def test_missing_exchange_rate_is_told_before_it_stops_every_run(world: World) -> None:
    mapping = MAPPING.replace('"USD"', '"EUR"')
    draft_id = started(world, mapping=mapping)
    assert tried(world, draft_id) == "refused"
    draft = queries.import_draft(world.users["manager"], draft_id)
    assert "no rate from EUR to USD" in str(draft.problems)
