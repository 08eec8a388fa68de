"""Does the wizard lead from a file to the feed, for its people and for nobody else?"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from import_drafts import AT, GOOD, HEADER, MAPPING, saved, settled, started, tried
from web_world import World

from openspiff.web.actions import imports
from openspiff.web.models import AuditRow, EventBatch, ImportDraft
from openspiff.web.queries import imports as queries
from openspiff.web.views import _uploads
from openspiff.web.views._uploads import stored_name

COLUMNS = {
    "source": "crm2",
    "zone": "America/New_York",
    "date_format": "ISO",
    "money_way": ".,",
    "column_event_id": "Deal ID",
    "column_payee": "Rep",
    "column_occurred_at": "Close date",
    "column_amount": "Amount",
    "column_status": "Stage",
    "column_product_id": "Product",
    "word:Closed Won": "done",
    "word:Closed Lost": "lost",
    "constant_kind": "deal_won",
    "constant_currency": "USD",
}


@pytest.fixture
def manager(client: Client, world: World) -> Client:
    """Return a client as the manager, in an install that children can open."""
    (world.home / "secret.key").write_text("a key of tests\n", encoding="utf-8")
    client.force_login(world.users["manager"])
    return client


def given(content: str | bytes = GOOD, name: str = "deals.csv") -> SimpleUploadedFile:
    data = content if isinstance(content, bytes) else content.encode()
    return SimpleUploadedFile(name, data)


def sent(client: Client, *files: SimpleUploadedFile, kind: str = "events") -> int:
    """Send files by the page, and return the number of the import."""
    response = client.post(
        "/imports/new/", {"kind": kind, "source": "crm2", "files": list(files)}
    )
    assert response.status_code == 302, response.content.decode()
    return int(response.headers["Location"].split("/")[2])


def page(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status
    return response.content.decode()


def test_wizard_goes_from_the_file_to_the_feed(manager: Client, world: World) -> None:
    number = sent(manager, given())
    assert "Yes, these are the rows" in page(manager, f"/imports/{number}/file/")
    shown = page(manager, f"/imports/{number}/columns/")
    assert '<option value="Deal ID" selected>' in shown
    assert '<option value=".," selected>1,234.50</option>' in shown
    assert "Closed Lost" in shown
    response = manager.post(f"/imports/{number}/columns/", COLUMNS)
    assert response.status_code == 302
    assert settled(world, number) == "ready"  # a worker did it
    shown = page(manager, f"/imports/{number}/")
    assert "2 new, 0 known" in shown
    assert "$200.00" in shown
    assert "Cleo Park" in shown
    assert EventBatch.objects.count() == 2
    manager.post(f"/imports/{number}/save/")
    assert EventBatch.objects.count() == 3
    assert "crm2-" in page(manager, f"/imports/{number}/")
    again = sent(manager, given(name="renamed.csv"))
    shown = page(manager, f"/imports/{again}/columns/")
    assert "As in the mapping file" in shown
    assert '<option value="Deal ID" selected>' in shown


def test_name_answers_are_kept_and_not_asked_again(manager: Client, world: World) -> None:
    rows = (
        "D-30,2026-03-03,cleo,GTXPro,2000.00,Closed Won\n"
        "D-31,2026-03-03,Kleo,GTX Pro,2000.00,Closed Won\n"
        "D-32,2026-03-03,edd,GTX Pro,2000.00,Closed Won\n"
        "D-33,2026-03-03,who,GTX Pro,2000.00,Closed Won\n"
        "D-34,2026-03-03,cleo,Coffee,2000.00,Closed Won\n"
    )
    number = started(world, HEADER + rows)
    assert tried(world, number) == "asking"
    shown = page(manager, f"/imports/{number}/names/")
    unknown = ImportDraft.objects.get(pk=number).outcome["unknown"]
    asked = {one["name"]: (place, one["closest"]) for place, one in enumerate(unknown)}
    assert {name: closest for name, (_, closest) in asked.items()} == {
        "GTXPro": "GTX Pro",
        "Coffee": "",
        "Kleo": "cleo",
        "edd": "",
        "who": "",
    }
    assert 'value="GTX Pro"' in shown
    told = {
        "GTXPro": {"do": "same", "as": "GTX Pro"},
        "Coffee": {"do": "keep"},
        "Kleo": {"do": "same", "as": "nobody"},
        "edd": {"do": "keep", "firm": "east"},
        "who": {"do": "refuse"},
    }
    data = {
        f"{key}_{asked[name][0]}": value
        for name, said in told.items()
        for key, value in said.items()
    }
    response = manager.post(f"/imports/{number}/names/", data)
    assert response.status_code == 400  # what was typed is kept
    assert "“nobody” is not known" in response.content.decode()
    assert 'value="east"' in response.content.decode()
    data[f"as_{asked['Kleo'][0]}"] = "cleo"
    assert manager.post(f"/imports/{number}/names/", data).status_code == 302
    assert settled(world, number) == "ready"
    draft = ImportDraft.objects.get(pk=number)
    assert draft.outcome["counts"] == {"new": 4, "changed": 0, "known": 0, "rejected": 1}
    manager.post(f"/imports/{number}/save/")
    known = queries.known_names(world.users["manager"])
    assert "edd" in known["payee"]
    again = started(world, HEADER + rows, mapping=draft.mapping_text)
    assert tried(world, again) == "ready"


def test_answer_for_all_of_a_kind(manager: Client, world: World) -> None:
    rows = "".join(
        f"D-{one},2026-03-03,{who},{what},9.00,Closed Won\n"
        for one, (who, what) in enumerate([("cleoo", "GTXPro"), ("zed", "Tea")])
    )
    number = started(world, HEADER + rows)
    assert tried(world, number) == "asking"
    data = {"all_payee": "refuse", "all_product": "same", "do_0": "keep", "do_1": "keep"}
    assert manager.post(f"/imports/{number}/names/", data).status_code == 302
    assert settled(world, number) == "ready"
    draft = ImportDraft.objects.get(pk=number)
    assert draft.outcome["counts"]["rejected"] == 2
    assert 'refused = ["cleoo", "zed"]' in draft.mapping_text
    assert 'GTXPro = "GTX Pro"' in draft.mapping_text


def test_encoding_and_separator_are_shown_and_can_be_said(manager: Client) -> None:
    text = "Nummer;Verkäufer;Datum;Betrag\n1;Zoë;01.03.2026;1.234,50\n"
    number = sent(manager, given(text.encode("cp1252")))
    shown = page(manager, f"/imports/{number}/file/")
    assert "cp1252" in shown
    assert "semicolon" in shown
    assert "Verkäufer" in shown
    data = {"encoding": "cp437", "delimiter": ";", "sheet": ""}
    assert manager.post(f"/imports/{number}/file/", data).status_code == 302
    shown = page(manager, f"/imports/{number}/file/")
    assert "cp437" in shown
    assert "Verkäufer" not in shown
    manager.post(f"/imports/{number}/file/", {"encoding": "", "delimiter": ""})
    shown = page(manager, f"/imports/{number}/columns/")
    assert "31.12.2026" in shown
    assert '<option value=",." selected>' in shown


def test_broken_file_is_told_at_once_and_replaced(manager: Client) -> None:
    number = sent(manager, given(HEADER + "D-1,2026-03-03,cleo\n"))
    shown = page(manager, f"/imports/{number}/file/")
    assert "deals.csv row 2" in shown
    assert "expected 6 cells as in the header, got 3" in shown
    response = manager.post(f"/imports/{number}/upload/", {"files": [given()]})
    assert response.headers["Location"] == f"/imports/{number}/file/"
    assert "Yes, these are the rows" in page(manager, f"/imports/{number}/file/")
    assert page(manager, f"/imports/{number}/columns/")


@pytest.mark.parametrize("name", ["bomb.xlsx", "old.xls", "empty.csv", "none.parquet"])
def test_files_that_are_none_are_refused_on_the_page(manager: Client, name: str) -> None:
    content = {
        "bomb.xlsx": b"PK\x03\x04" + b"\0" * 400,
        "old.xls": b"\xd0\xcf\x11\xe0" + b"\0" * 400,
        "empty.csv": b"\n",
        "none.parquet": b"PAR1" + b"\0" * 400,
    }[name]
    number = sent(manager, given(content, name))
    assert "The file is broken; nothing was imported." in page(
        manager, f"/imports/{number}/file/"
    )
    assert manager.get(f"/imports/{number}/columns/").status_code == 302


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        (".hidden.csv", "hidden.csv"),
        ("a\0b\u202egpj.csv", "abgpj.csv"),
        ("[x]*?.csv", "_x___.csv"),
        ("", "file"),
        ("é" * 300 + ".csv", "é" * 58 + ".csv"),
    ],
)
def test_name_of_a_file_leads_nowhere(name: str, stored: str) -> None:
    assert stored_name(name) == stored


def test_upload_with_a_hostile_name_stays_in_its_folder(
    manager: Client, world: World
) -> None:
    number = sent(manager, given(name="..%2f..%2fx\u202e.csv"))
    draft = ImportDraft.objects.get(pk=number)
    [path] = draft.paths
    assert path.is_file()
    assert path.resolve().is_relative_to(world.home / "uploads" / "imports" / str(number))


def test_nothing_chosen_and_too_much_are_told_and_what_was_typed_is_kept(
    manager: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = manager.post("/imports/new/", {"kind": "roster", "source": "my crm"})
    assert response.status_code == 400
    shown = response.content.decode()
    assert "no file came" in shown
    assert 'value="my crm"' in shown
    assert '<option value="roster" selected>' in shown
    monkeypatch.setattr(_uploads, "MAX_BYTES", 10)
    response = manager.post("/imports/new/", {"kind": "events", "files": [given()]})
    assert response.status_code == 400
    assert "more than 1 GB" in response.content.decode()
    assert list((world.home / "uploads" / "incoming").iterdir()) == []
    assert ImportDraft.objects.count() == 0


def test_form_without_its_token_is_refused_and_leaves_no_file(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.users["manager"])
    response = client.post("/imports/new/", {"kind": "events", "files": [given()]})
    assert response.status_code == 403
    assert list((world.home / "uploads").rglob("*.csv")) == []
    assert ImportDraft.objects.count() == 0


def test_columns_that_do_not_fit_are_told_beside_the_field(manager: Client) -> None:
    number = sent(manager, given())
    data = COLUMNS | {
        "column_amount": "Rep",
        "column_event_id": "",
        "constant_currency": "usd",
        "zone": "Mars/Base",
    }
    response = manager.post(f"/imports/{number}/columns/", data)
    assert response.status_code == 400
    shown = response.content.decode()
    assert "This column is used twice." in shown
    assert "This field is required." in shown
    assert 'value="Mars/Base"' in shown
    response = manager.post(f"/imports/{number}/columns/", COLUMNS | {"zone": "Mars/Base"})
    assert response.status_code == 400
    assert "unknown time zone" in response.content.decode()
    assert ImportDraft.objects.get(pk=number).state == "chosen"


def test_mapping_file_of_the_workspace_can_be_chosen_as_it_stands(
    manager: Client, world: World
) -> None:
    (world.home / "mappings").mkdir()
    path = world.home / "mappings" / "mine.toml"
    path.write_text(MAPPING.replace('path = "*"', 'path = "deals*"'), encoding="utf-8")
    number = sent(manager, given())
    assert "mine.toml" in page(manager, f"/imports/{number}/columns/")
    shown = page(manager, f"/imports/{number}/columns/?use=mine.toml")
    assert "Use mine.toml as it stands" in shown
    manager.post(f"/imports/{number}/columns/", {"mapping_file": "mine.toml"})
    assert settled(world, number) == "ready"
    assert ImportDraft.objects.get(pk=number).mapping_file == "mine.toml"


def test_analyst_reads_and_is_shown_no_button(client: Client, world: World) -> None:
    saved(world)
    number = started(world)
    client.force_login(world.users["analyst"])
    for url in ("/imports/", f"/imports/{number}/", "/imports/1/", "/imports/batches/3/"):
        shown = page(client, url)
        assert "<button" in shown  # to sign out
        assert shown.count("<form") == 1


def test_progress_says_how_far_it_is_and_when_it_was_interrupted(
    manager: Client, world: World
) -> None:
    number = started(world)
    imports.begin_work(draft_id=number, acting_user=world.users["manager"], at=AT)
    response = manager.get(f"/imports/{number}/progress/")
    assert "The work was interrupted." in response.content.decode()  # it began long ago
    assert "HX-Refresh" not in response.headers  # somebody may be slow, not dead
    assert "Run it again" in page(manager, f"/imports/{number}/")
    manager.post(f"/imports/{number}/run/")
    assert settled(world, number) == "ready"
    response = manager.get(f"/imports/{number}/progress/")
    assert response.headers["HX-Refresh"] == "true"


def test_rejects_are_handed_out_as_a_file(manager: Client, world: World) -> None:
    draft = saved(world, GOOD + "D-40,never,cleo,GTX Pro,1.00,Closed Won\n")
    response = manager.get(f"/imports/{draft.pk}/rejects.csv")
    text = b"".join(response).decode("utf-8-sig")  # type: ignore[arg-type]
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "deals.csv,4,Close date,never," in text
    assert "expected a date" in page(manager, f"/imports/{draft.pk}/")


def test_undo_by_the_page_shows_before_it_writes(manager: Client, world: World) -> None:
    draft = saved(world)
    response = manager.post(f"/imports/batches/{draft.batch_no}/undo/")
    number = int(response.headers["Location"].split("/")[2])
    assert settled(world, number) == "ready"
    shown = page(manager, f"/imports/{number}/")
    assert "Taken back whole" in shown
    assert EventBatch.objects.count() == 3
    manager.post(f"/imports/{number}/save/")
    assert EventBatch.objects.count() == 4
    assert "undone" in page(manager, f"/imports/batches/{draft.batch_no}/")


def test_conflict_is_told_and_nothing_changes(manager: Client, world: World) -> None:
    draft = saved(world)
    rows = AuditRow.objects.count()
    for act in ("run", "discard", "upload"):
        response = manager.post(f"/imports/{draft.pk}/{act}/", {"files": [given()]})
        assert response.status_code == 409, act
    assert AuditRow.objects.count() == rows
    assert [*Path(world.home / "uploads" / "incoming").iterdir()] == []


def test_list_asks_the_database_as_often_for_many_as_for_one(
    manager: Client, world: World
) -> None:
    counts = []
    for one in range(3):
        with CaptureQueriesContext(connection) as found:
            page(manager, "/imports/")
        counts.append(len(found))
        saved(world, GOOD.replace("D-2", f"D-{one}7"))
        started(world)
    assert len(set(counts)) == 1


def test_empty_install_is_told_how_to_begin(client: Client, empty_world: Path) -> None:
    from openspiff.web.actions import people  # noqa: PLC0415

    assert empty_world
    operator = people.ensure_operator(at=1)
    client.force_login(operator)
    shown = page(client, "/imports/")
    assert "Nothing was imported yet." in shown
    assert "openspiff import mapping.toml deals.csv" in shown
