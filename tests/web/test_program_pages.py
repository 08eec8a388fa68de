"""What do the people who run a program see of it?"""

from __future__ import annotations

import re
from pathlib import Path

from django.test import Client
from program_texts import with_terms
from web_world import World, add_answer, at_noon

from openspiff.web.actions.programs import add_program_draft, amend_program
from openspiff.web.queries.figures import (
    ProgramCounts,
    ProgramSums,
    program_counts,
    program_sums,
)


def read(client: Client, world: World, url: str, role: str = "manager") -> str:
    client.force_login(world.users[role])
    response = client.get(url)
    assert response.status_code == 200
    main = response.content.decode().split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#x27;", "'")


def test_live_numbers_are_sums_of_the_books(world: World) -> None:
    # D-1 120, D-4 250, D-5 65 paid; D-2 75 paid and taken back; D-7 180 still owed.
    manager = world.users["manager"]
    counts = program_counts(manager, "spring")
    assert counts == ProgramCounts(event_count=4, payee_count=3)
    assert program_sums(manager) == {
        "spring": ProgramSums(
            entitled_minor=615_00,
            owed_minor=180_00,
            paid_minor=510_00,
            clawed_back_minor=75_00,
        )
    }


def test_program_page_shows_rule_numbers_budget_and_holdout(
    client: Client, world: World
) -> None:
    text = read(client, world, "/programs/spring/")
    for words in (
        "Win a GTX Pro deal of $1,000 or more by 31 March 2026",
        "Qualifying events 4 of 3 payees",
        "Earned $615.00",
        "Still to be paid $180.00",
        "Paid $510.00 $75.00 of it wanted back",
        "Budget of $2,000.00 $1,385.00 left",
        "1 of 4 payees are held out.",
        "Not measured yet.",
    ):
        assert words in text


def test_measurement_verdict_and_report_stand_on_the_program_page(
    client: Client, world: World
) -> None:
    add_answer(world)
    text = read(client, world, "/programs/spring/", role="analyst")
    assert "Redesign , decided by Mia on 3 Apr 2026: Four payees cannot show it" in text
    assert "Suggested: cannot tell." in text
    assert "Report written 2 Apr 2026" in text


def test_report_is_served_as_written_under_a_policy_of_its_own(
    client: Client, world: World
) -> None:
    add_answer(world)
    client.force_login(world.users["finance"])
    response = client.get("/programs/spring/report/")
    assert response.content == (world.home / "reports" / "spring.html").read_bytes()
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy


def test_report_that_was_changed_since_is_not_shown(client: Client, world: World) -> None:
    add_answer(world)
    path: Path = world.home / "reports" / "spring.html"
    path.write_text("<p>forged</p>", encoding="utf-8")
    client.force_login(world.users["manager"])
    response = client.get("/programs/spring/report/")
    assert response.status_code == 409
    text = response.content.decode()
    assert "forged" not in text
    assert "changed since it was written" in text


def test_amendment_shows_what_it_changes(client: Client, world: World) -> None:
    import datetime as dt  # noqa: PLC0415

    amend_program(
        program_id="spring",
        takes_recorded_from=dt.date(2026, 3, 15),
        changes={"caps.payee_cap": "500.00"},
        acting_user=world.users["manager"],
        at=at_noon(3, 12),
    )
    text = read(client, world, "/programs/spring/")
    assert "caps.payee_cap : 300.00 → 500.00" in text
    assert "Version 2 draft" in text
    # What is in force is still shown above.
    assert "at most $300 each" in text


def test_terms_show_names_as_they_are_written(client: Client, world: World) -> None:
    name = '<b>Half & "whole"</b> | *stars*'
    text = with_terms(program_id="odd", name=name, products={})
    text = with_terms(
        program_id="odd", name=name, behavior={"products": {"include": ["A|B", "<i>C\\d"]}}
    )
    add_program_draft(source_text=text, acting_user=world.users["manager"], at=1)
    client.force_login(world.users["manager"])
    page = client.get("/programs/odd/terms/").content.decode()
    assert "<h1>&lt;b&gt;Half &amp; &quot;whole&quot;&lt;/b&gt; | *stars*</h1>" in page
    assert "A|B" in page
    assert "&lt;i&gt;C\\d" in page


def test_install_without_programs_says_how_to_begin(
    client: Client, empty_world: Path
) -> None:
    assert empty_world
    from openspiff.web.actions.people import NewUser, add_user, ensure_operator  # noqa: PLC0415

    user = add_user(
        user=NewUser(username="mia", role="manager"),
        acting_user=ensure_operator(at=1),
        at=1,
    )
    client.force_login(user)
    assert "No program yet." in client.get("/programs/").content.decode()
    assert "No payee yet." in client.get("/payees/").content.decode()


def test_firm_owner_sees_the_people_of_the_firm_only(client: Client, world: World) -> None:
    text = read(client, world, "/payees/", role="firm_owner")
    assert "Ana Ruiz" in text
    assert "Ben Ode" in text
    assert "Cleo Park" not in text
    assert "Nobody is called" in read(client, world, "/payees/?q=Cleo", role="firm_owner")


def test_search_takes_any_text(client: Client, world: World) -> None:
    assert "Dan Vu" in read(client, world, "/payees/?q=vu")
    for hostile in ("%00", "'", "%25", "x" * 999):
        client.force_login(world.users["manager"])
        assert client.get(f"/payees/?q={hostile}&page=99999999999").status_code == 200
