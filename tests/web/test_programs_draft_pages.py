"""How is a program written, checked and launched in the browser?"""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from program_texts import with_terms
from web_world import TEXT, World, at_noon

from openspiff.program import content_hash, parse_program
from openspiff.web.actions.programs import add_program_draft
from openspiff.web.models import AuditRow, EnrolledPayee, ProgramVersion

NEW = with_terms(program_id="new", name="New", holdout={"share": "25%", "seed": 3})
AT = at_noon(3, 10)


@pytest.fixture
def desk(client: Client, world: World, settings: Any) -> Client:
    """Return a client at the manager's desk, on a day inside the window."""
    settings.OPENSPIFF_AT = AT
    client.force_login(world.users["manager"])
    return client


def words(page: bytes) -> str:
    main = page.decode().split("<main")[-1]
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)))


def hidden(page: bytes, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.decode())
    assert found is not None
    return html.unescape(found.group(1))


def draft(world: World, text: str = NEW) -> ProgramVersion:
    return add_program_draft(source_text=text, acting_user=world.users["manager"], at=1)


def test_every_starter_opens_in_the_editor_without_a_problem(desk: Client) -> None:
    page = desk.get("/drafts/new/").content.decode()
    names = re.findall(r'href="\?starter=([\w-]+)"', page)
    assert len(names) == 4
    for name in names:
        opened = desk.get(f"/drafts/new/?starter={name}")
        assert "No problem found." in words(opened.content)
        assert "starts_on = 2026-04-01" in opened.content.decode()
    assert not ProgramVersion.objects.exclude(program_id="spring").exists()


def test_check_tells_every_problem_with_its_line_and_keeps_nothing(desk: Client) -> None:
    text = NEW.replace('"250.00"', '"-1"').replace("deal_won", "deal_one")
    response = desk.post("/drafts/check/", {"text": text})
    page = response.content.decode()
    assert "behavior.kind, line" in page
    assert "payout.amount, line" in page
    lines = [int(one) for one in re.findall(r'data-line="(\d+)"', page)]
    assert "deal_one" in text.splitlines()[lines[0] - 1]
    assert "<html" not in page
    assert not ProgramVersion.objects.filter(program_id="new").exists()


def test_check_works_without_a_script_and_the_text_stays(desk: Client) -> None:
    text = NEW.replace("deal_won", "deal_one")
    response = desk.post("/drafts/new/", {"text": text, "act": "check"})
    assert response.status_code == 200
    assert "deal_one" in html.unescape(response.content.decode().split("<textarea")[1])
    assert "has 1 problem" in words(response.content)


def test_text_with_problems_is_not_saved_and_not_lost(desk: Client) -> None:
    text = NEW.replace("deal_won", "deal_one")
    response = desk.post("/drafts/new/", {"text": text, "act": "save"})
    assert "deal_one" in html.unescape(response.content.decode().split("<textarea")[1])
    assert not ProgramVersion.objects.filter(program_id="new").exists()
    assert not AuditRow.objects.filter(object_id="new v1").exists()


def test_saved_text_is_a_draft_with_one_audit_row(desk: Client, world: World) -> None:
    text = NEW.replace("\n", "\r\n")  # as a browser sends it
    response = desk.post("/drafts/new/", {"text": text, "act": "save"}, follow=True)
    assert response.redirect_chain == [("/drafts/new/1/?saved=1", 302)]
    assert "Saved as a draft." in words(response.content)
    row = ProgramVersion.objects.get(program_id="new")
    assert row.source_text == NEW
    assert row.drafted_by == world.users["manager"]
    assert AuditRow.objects.filter(object_id="new v1").count() == 1


def test_draft_that_somebody_else_changed_meanwhile_is_not_overwritten(
    desk: Client, world: World
) -> None:
    draft(world)
    page = desk.get("/drafts/new/1/").content
    draft(world, NEW.replace('name = "New"', 'name = "Theirs"'))
    mine = NEW.replace('name = "New"', 'name = "Mine"')
    sent = {"text": mine, "seen": hidden(page, "seen"), "act": "save"}
    response = desk.post("/drafts/new/1/", sent)
    assert response.status_code == 409
    assert "a draft was saved meanwhile" in words(response.content)
    assert "Mine" in response.content.decode().split("<textarea")[1]
    assert ProgramVersion.objects.get(program_id="new").name == "Theirs"
    # Whoever was told may replace it.
    again = {"text": mine, "seen": hidden(response.content, "seen"), "act": "save"}
    assert desk.post("/drafts/new/1/", again).status_code == 302
    assert ProgramVersion.objects.get(program_id="new").name == "Mine"


def test_new_program_does_not_overwrite_a_draft_of_the_same_id(
    desk: Client, world: World
) -> None:
    draft(world)
    response = desk.post(
        "/drafts/new/", {"text": NEW.replace('"New"', '"Other"'), "act": "save"}
    )
    assert response.status_code == 409
    assert ProgramVersion.objects.get(program_id="new").name == "New"


def test_launched_terms_cannot_be_saved_over(desk: Client) -> None:
    text = TEXT.replace("300.00", "400.00")
    response = desk.post("/drafts/new/", {"text": text, "act": "save"})
    assert "launched as 300.00, now 400.00" in words(response.content)


@pytest.mark.parametrize("text", ["", " \n", "x" * 1_000_001, "a\x00b", "[" * 5000])
def test_hostile_texts_are_answered(desk: Client, text: str) -> None:
    for url, act in (("/drafts/new/", "save"), ("/drafts/check/", "")):
        assert desk.post(url, {"text": text, "act": act}).status_code == 200


def test_uploaded_file_opens_in_the_editor_and_is_not_kept(desk: Client) -> None:
    file = SimpleUploadedFile("p.toml", b"\xef\xbb\xbf" + NEW.encode())
    response = desk.post("/drafts/new/", {"file": file})
    assert "No problem found." in words(response.content)
    assert not ProgramVersion.objects.filter(program_id="new").exists()


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"a" * 1_000_001])
def test_file_that_is_no_text_is_refused(desk: Client, raw: bytes) -> None:
    response = desk.post("/drafts/new/", {"file": SimpleUploadedFile("p.toml", raw)})
    assert 'role="alert"' in response.content.decode()


def test_file_of_a_version_can_be_downloaded(desk: Client) -> None:
    response = desk.get("/programs/spring/1/file/")
    assert response.content.decode() == TEXT
    assert "spring-v1.toml" in response.headers["Content-Disposition"]


def test_discarded_draft_is_gone_and_on_record(desk: Client, world: World) -> None:
    row = draft(world)
    response = desk.post("/drafts/new/1/discard/")
    assert response.headers["Location"] == "/programs/"
    assert not ProgramVersion.objects.filter(program_id="new").exists()
    audit = AuditRow.objects.get(action="discard_program_draft")
    assert audit.before == {"content_hash": row.content_hash}
    assert desk.post("/drafts/new/1/discard/").status_code == 404


def test_preview_says_whom_a_launch_reaches_and_what_it_freezes(
    desk: Client, world: World
) -> None:
    draft(world)
    text = words(desk.get("/drafts/new/1/launch/").content)
    for told in (
        "In its audience 4 of 2 firms",
        "May earn 3",
        "Held out by chance 1 25%, seed 3",
        "north 2",
        content_hash(parse_program(NEW)),
        "caps.budget : nothing limits what the program may cost",
        "Spring sprint : from 1 January 2026 to 31 March 2026 both pay for GTX Pro",
        "These terms can never be changed.",
    ):
        assert told in text


def test_launch_needs_that_it_is_meant(desk: Client, world: World) -> None:
    draft(world)
    page = desk.get("/drafts/new/1/launch/").content
    sent = {"seen_mark": hidden(page, "seen_mark")}
    response = desk.post("/drafts/new/1/launch/", sent)
    assert response.status_code == 200
    assert "Tick the box" in words(response.content)
    assert ProgramVersion.objects.get(program_id="new").state == "draft"


def test_launch_freezes_exactly_what_was_seen(desk: Client, world: World) -> None:
    draft(world)
    page = desk.get("/drafts/new/1/launch/").content
    sent = {"seen_mark": hidden(page, "seen_mark"), "is_meant": "on"}
    response = desk.post("/drafts/new/1/launch/", sent)
    assert response.headers["Location"] == "/programs/new/"
    assert ProgramVersion.objects.get(program_id="new").state == "launched"
    rows = EnrolledPayee.objects.filter(program_id="new")
    assert (rows.count(), rows.filter(is_held_out=True).count()) == (4, 1)
    assert AuditRow.objects.filter(action="launch_program", object_id="new v1").count() == 1
    # A second click finds nothing left to launch.
    assert desk.post("/drafts/new/1/launch/", sent).status_code == 404


def test_launch_of_a_draft_that_changed_is_told_and_shown_again(
    desk: Client, world: World
) -> None:
    draft(world)
    page = desk.get("/drafts/new/1/launch/").content
    draft(world, NEW.replace('"250.00"', '"999.00"'))
    sent = {"seen_mark": hidden(page, "seen_mark"), "is_meant": "on"}
    response = desk.post("/drafts/new/1/launch/", sent)
    assert response.status_code == 409
    text = words(response.content)
    assert "changed since you looked" in text
    assert "$999" in text
    assert ProgramVersion.objects.get(program_id="new").state == "draft"
    assert not EnrolledPayee.objects.filter(program_id="new").exists()
    assert hidden(response.content, "seen_mark") != sent["seen_mark"]


def test_amendment_begins_with_the_launched_text_and_shows_the_difference(
    desk: Client,
) -> None:
    page = desk.get("/programs/spring/amend/").content.decode()
    text = html.unescape(page.split("<textarea")[1].split(">", 1)[1].split("</textarea")[0])
    assert "takes_recorded_from = 2026-03-11" in text  # the day after
    changed = text.replace("300.00", "500.00")
    response = desk.post("/drafts/check/", {"text": changed})
    told = words(response.content)
    assert "What changes of version 1" in told
    assert "caps.payee_cap 300.00 500.00" in told
    saved = desk.post("/programs/spring/amend/", {"text": changed, "act": "save"})
    assert saved.headers["Location"] == "/drafts/spring/2/?saved=1"
    assert desk.get("/programs/spring/amend/").headers["Location"] == "/drafts/spring/2/"
    preview = words(desk.get("/drafts/spring/2/launch/").content)
    assert "caps.payee_cap : 300.00 → 500.00" in preview


def test_amendment_takes_nothing_that_was_recorded_before_its_launch(
    desk: Client, world: World
) -> None:
    page = desk.get("/programs/spring/amend/").content.decode()
    text = html.unescape(page.split("<textarea")[1].split(">", 1)[1].split("</textarea")[0])
    draft(world, text.replace("2026-03-11", "2026-03-01"))
    page2 = desk.get("/drafts/spring/2/launch/").content
    sent = {"seen_mark": hidden(page2, "seen_mark"), "is_meant": "on"}
    response = desk.post("/drafts/spring/2/launch/", sent)
    assert response.status_code == 409
    assert "write 2026-03-11 or a later day" in words(response.content)
    assert ProgramVersion.objects.get(program_id="spring", version=2).state == "draft"
