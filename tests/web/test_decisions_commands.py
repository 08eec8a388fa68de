"""Does the command line write reports, decide and share as the pages do?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client
from web_world import TEXT, World, add_answer, at_noon

from openspiff.cli import openspiff
from openspiff.errors import OpenSpiffError
from openspiff.web.actions import programs as program_actions
from openspiff.web.models import AuditRow, ReportEdition, ShareLink, VerdictRecord

AT = "2026-04-05T12:00Z"


class Desk:
    """Runs commands on the small install, as one person or another."""

    def __init__(self, home: Path) -> None:
        (home / "secret.key").write_text("key\n", encoding="utf-8")
        self.home = home

    def record(self, actor: str, *words: str, at: str = AT) -> Any:
        options = ["--home", str(self.home), "--as", actor, "--at", at, "--json"]
        done = CliRunner().invoke(openspiff, [*options, *words])
        if done.exception is not None:
            raise done.exception
        return json.loads(done.output)

    def refusal(self, actor: str, *words: str) -> str:
        with pytest.raises(OpenSpiffError) as caught:
            self.record(actor, *words)
        return caught.value.code


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.home)


def test_report_is_written_once_and_bears_the_digest_of_its_record(
    desk: Desk, world: World
) -> None:
    assert desk.refusal("mia", "report", "spring") == "measurement_record"
    add_answer(world)
    assert desk.refusal("abe", "report", "spring") == "not_allowed"
    assert not ReportEdition.objects.exists()
    made = desk.record("mia", "report", "spring")
    assert Path(made["pdf"]).read_bytes().startswith(b"%PDF")
    assert made["numbers_digest"] in Path(made["report"]).read_text(encoding="utf-8")
    assert desk.record("fred", "report", "spring") == made
    assert ReportEdition.objects.count() == 1


def test_verdict_is_recorded_by_name_and_says_why_it_deviates(
    desk: Desk, world: World
) -> None:
    add_answer(world)
    words = ("decide", "spring", "retire", "--reasons", "Nobody asked for it.")
    before = VerdictRecord.objects.count()
    with pytest.raises(OpenSpiffError) as caught:
        desk.record("mia", *words)
    assert "say why" in str(caught.value)
    assert desk.refusal("fred", *words) == "not_allowed"
    assert VerdictRecord.objects.count() == before
    made = desk.record("mia", *words, "--because", "The product goes.")
    assert made == {"verdict": "retire", "suggested": "cannot_tell", "decided_by": "Mia"}
    row = VerdictRecord.objects.latest("pk")
    assert (row.reasons, row.decided_by) == ("Nobody asked for it.", world.users["manager"])


def test_link_is_made_opened_by_a_stranger_and_taken_back(
    desk: Desk, world: World, client: Client, settings: Any
) -> None:
    settings.OPENSPIFF_AT = None
    add_answer(world)
    assert desk.refusal("abe", "share", "spring", "--for", "Me") == "not_allowed"
    made = desk.record("mia", "share", "spring", "--for", "Our auditor", "--days", "7")
    link = ShareLink.objects.get(pk=made["link"])
    assert (link.note, link.expires_at) == ("Our auditor", made["expires_at"])
    assert desk.refusal("fred", "unshare", "spring", str(link.pk)) == "not_allowed"
    desk.record("mia", "unshare", "spring", str(link.pk))
    acted = AuditRow.objects.filter(action__endswith="share_link").order_by("pk")
    assert [one.action for one in acted] == ["make_share_link", "revoke_share_link"]
    assert client.get(made["path"]).status_code == 404
    assert desk.refusal("mia", "unshare", "spring", "77") == "not_visible"


def test_only_a_program_that_was_launched_is_measured(desk: Desk, world: World) -> None:
    program_actions.add_program_draft(
        source_text=TEXT.replace('"spring"', '"summer"'),
        acting_user=world.users["manager"],
        at=at_noon(4, 1),
    )
    for name, why in (("summer", "a draft only"), ("nosuch", "no program of this name")):
        assert desk.refusal("mia", "measure", name) == "not_launched"
        with pytest.raises(OpenSpiffError, match=why):
            desk.record("mia", "measure", name)


def test_measurement_of_a_moment_takes_the_books_of_that_moment(desk: Desk) -> None:
    def answer(at: str) -> Any:
        return desk.record("mia", "measure", "spring", at=at)["answer"]

    before, between, after = map(
        answer, ("2026-02-10T12:00Z", "2026-02-20T12:00Z", "2026-04-06T12:00Z")
    )
    assert before["paid_minor"] == 0
    assert before["due_minor"] > 0
    assert "not_booked" in {one["code"] for one in before["warnings"]}
    assert 0 < between["paid_minor"] != after["paid_minor"]
    assert after["paid_minor"] == after["due_minor"]
    assert "not_booked" not in {one["code"] for one in after["warnings"]}
