"""What does a program's measurement look like in the app, and which files come with it?"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import time

import attrs
import pytest
from decisions_world import drawn, later_answer, measure_again, newest, spring, write
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from jobs_world import drained
from web_world import World, add_answer, at_noon

from openspiff.measure import answer_digest
from openspiff.report import answer_changes, contents_html, contents_pdf
from openspiff.web.access import NotAllowedError, NotVisibleError
from openspiff.web.actions import decisions as acts
from openspiff.web.models import AuditRow, ReportEdition, ReportFile
from openspiff.web.queries import decisions

URL = "/programs/spring/measured/"


def words(html: str) -> str:
    main = html.split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#x27;", "'")


def read(client: Client, world: World, url: str = URL, role: str = "analyst") -> str:
    client.force_login(world.users[role])
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def test_unmeasured_program_says_what_will_be_here_and_how(
    client: Client, world: World
) -> None:
    text = words(read(client, world))
    assert "Not measured yet." in text
    assert "openspiff measure spring" in text
    assert "numbers that are made up" in text


def test_measurement_without_report_shows_its_figures_and_offers_to_write_it(
    client: Client, world: World
) -> None:
    add_answer(world)
    text = words(read(client, world, role="finance"))
    assert "the program added about 2" in text
    assert "Write the report" in text
    assert "Write the report" not in words(read(client, world, role="analyst"))


def test_report_is_shown_with_pictures_for_both_themes_and_their_numbers(
    client: Client, world: World
) -> None:
    add_answer(world)
    write(world)
    page = read(client, world)
    text = words(page)
    assert "These data cannot tell" in text
    assert "Did it change the behavior?" in text
    pictures = set(re.findall(r'(?:src|srcset)="(/programs/[^"]*/pictures/[^"]*)"', page))
    assert {one.split("/")[-2] for one in pictures} == {
        *("light", "dark", "light-narrow", "dark-narrow"),
    }
    for url in pictures:
        response = client.get(url)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "image/svg+xml"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        assert response.content.startswith(b"<svg")
    assert re.findall(r'<img [^>]*alt="Week by week\. 8 weeks', page)
    assert "in words and numbers" in text


def test_page_pdf_and_record_bear_one_digest(client: Client, world: World) -> None:
    add_answer(world)
    row = write(world)
    shown = newest(world)
    assert shown.answer is not None
    digest = answer_digest(shown.answer)
    page = read(client, world)
    assert digest in page
    assert row.numbers_digest == shown.numbers_digest == digest
    html = client.get(f"{URL}{shown.measurement_id}/files/html/")
    assert digest in html.content.decode()
    assert "attachment" in html.headers["Content-Disposition"]
    pdf = client.get(f"{URL}{shown.measurement_id}/files/pdf/")
    assert pdf.content.startswith(b"%PDF")
    # What was kept draws the very same files again.
    contents = decisions.report_of(world.users["analyst"], "spring", shown.measurement_id)
    assert contents is not None
    assert contents.numbers_digest == digest
    assert contents_pdf(contents) == pdf.content
    assert contents_html(contents).encode() == html.content
    assert hashlib.sha256(pdf.content).hexdigest() == row.pdf_digest


def test_numbers_come_as_csv(client: Client, world: World) -> None:
    add_answer(world)
    client.force_login(world.users["analyst"])
    response = client.get(f"{URL}{newest(world).measurement_id}/files/csv/")
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    added = next(row for row in rows if row["what"] == "added")
    assert (added["value"], added["low"], added["high"]) == ("2.0", "-1.0", "5.0")
    paid = next(row for row in rows if row["what"] == "paid_minor")
    assert (paid["value"], paid["unit"]) == ("42500", "USD minor units")


def test_every_measurement_stands_there_with_what_changed(
    client: Client, world: World
) -> None:
    add_answer(world)
    number = measure_again(world)
    text = words(read(client, world))
    assert "What this measurement says otherwise than the one before" in text
    assert "added 2 (-1 to 5)" in text
    assert "added 3 (0 to 6)" in text or "added 3 (0 to 5)" in text
    earlier = words(read(client, world, f"{URL}{number - 1}/"))
    assert "An earlier measurement" in earlier
    assert "What this measurement says otherwise" not in earlier


def test_changes_name_only_what_differs(world: World) -> None:
    add_answer(world)
    before = newest(world).answer
    assert before is not None
    assert answer_changes(before, before) == ()
    found = [one.what for one in answer_changes(before, later_answer(spring(world)))]
    assert found == ["Data", "Looks back from", "Units added"]


def test_report_is_written_from_the_page_once(client: Client, world: World) -> None:
    add_answer(world)
    shown = newest(world)
    url = f"{URL}{shown.measurement_id}/write/"
    client.force_login(world.users["finance"])
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302
    assert client.post(url).status_code == 302
    assert "hx-get" in client.get(URL).content.decode()  # it says how far it is
    assert drained(at=time.time_ns() // 1_000) == ["done"]
    assert client.post(url).status_code == 302
    assert drained(at=time.time_ns() // 1_000) == ["done"]
    assert ReportEdition.objects.count() == 1
    assert AuditRow.objects.filter(action="write_edition").count() == 1
    # The older address of the newest report shows the same file.
    page = client.get("/programs/spring/report/")
    assert page.content == client.get(f"{URL}{shown.measurement_id}/files/html/").content
    client.force_login(world.users["analyst"])
    assert client.post(url).status_code == 403


def test_report_whose_files_were_changed_is_not_shown_and_can_be_written_anew(
    client: Client, world: World
) -> None:
    add_answer(world)
    row = write(world)
    path = world.home / "reports" / f"{row.stem}.json"
    path.write_text("{}", encoding="utf-8")
    client.force_login(world.users["manager"])
    response = client.get(URL)
    assert response.status_code == 409
    assert "changed since it was written" in response.content.decode()
    write(world, at=at_noon(5, 4))
    assert client.get(URL).status_code == 200
    assert ReportEdition.objects.count() == 2


def test_files_that_were_lost_come_back_under_the_row_that_names_them(
    world: World,
) -> None:
    add_answer(world)
    row = write(world)
    for name in ("html", "pdf", "json"):
        (world.home / "reports" / f"{row.stem}.{name}").unlink()
    assert write(world) == row  # at the very same moment
    pdf = (world.home / "reports" / f"{row.stem}.pdf").read_bytes()
    assert hashlib.sha256(pdf).hexdigest() == row.pdf_digest
    assert ReportEdition.objects.count() == 1


def test_report_that_is_drawn_otherwise_at_the_same_moment_is_another_edition(
    world: World,
) -> None:
    add_answer(world)
    row = write(world)
    (world.home / "reports" / f"{row.stem}.json").unlink()
    shown = newest(world)
    assert shown.answer is not None
    newer = attrs.evolve(drawn(shown.answer, spring(world), is_shared=False), rule="New.")
    again = acts.write_edition(
        program_id="spring",
        measurement_id=shown.measurement_id,
        contents=newer,
        acting_user=world.users["manager"],
        at=row.written_at,
    )
    assert again.stem == f"{row.stem}-2"
    assert ReportEdition.objects.count() == 2


def test_nothing_is_entered_when_the_files_cannot_be_written(world: World) -> None:
    add_answer(world)
    folder = world.home / "reports"
    moved = folder.rename(world.home / "moved")
    with pytest.raises(FileNotFoundError):
        write(world)
    assert not ReportEdition.objects.exists()
    assert ReportFile.objects.count() == 1  # that of the older command
    assert not AuditRow.objects.filter(action="write_edition").exists()
    moved.rename(folder)


def test_only_those_who_may_record_a_report_write_one(world: World) -> None:
    add_answer(world)
    number = newest(world).measurement_id
    for role in ("analyst", "payee", "firm_owner"):
        with pytest.raises(NotAllowedError):
            acts.write_edition(
                program_id="spring",
                measurement_id=number,
                acting_user=world.users[role],
                at=1,
            )
    with pytest.raises(NotVisibleError):
        acts.write_edition(
            program_id="other",
            measurement_id=number,
            acting_user=world.users["manager"],
            at=1,
        )
    with pytest.raises(NotVisibleError):
        decisions.measurements_of(world.users["payee"], "spring")


def test_page_asks_as_often_for_many_measurements_as_for_one(
    client: Client, world: World
) -> None:
    add_answer(world)
    write(world)
    client.force_login(world.users["manager"])
    with CaptureQueriesContext(connection) as one:
        assert client.get(URL).status_code == 200
    for _ in range(3):
        measure_again(world)
        write(world, at=at_noon(5, 5) + ReportEdition.objects.count())
    with CaptureQueriesContext(connection) as many:
        assert client.get(URL).status_code == 200
    assert len(many) == len(one)
