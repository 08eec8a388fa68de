"""Does the command line do what the pages of finance do?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from web_world import World

from openspiff.cli import openspiff
from openspiff.errors import OpenSpiffError

AT = "2026-03-20T12:00Z"


class Desk:
    """Runs commands on the small install, as one person or another."""

    def __init__(self, home: Path) -> None:
        (home / "secret.key").write_text("key\n", encoding="utf-8")
        self.home = home

    def record(self, actor: str, *words: str) -> Any:
        options = ["--home", str(self.home), "--as", actor, "--at", AT, "--json"]
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


def test_batch_goes_from_preview_to_payout(desk: Desk) -> None:
    looked = desk.record("fred", "batch", "prepare", "--preview")
    assert (looked["batch"], looked["totals"], looked["payees"]) == (
        None,
        {"USD": 105_00},
        1,
    )
    made = desk.record("fred", "batch", "prepare", "--program", "spring")
    assert (made["batch"], made["digest"]) == (1, looked["digest"])
    assert desk.refusal("fred", "batch", "approve", "1") == "not_allowed"
    assert desk.refusal("fay", "batch", "approve", "1", "--digest", "x") == "batch_moved"
    assert desk.record("fay", "batch", "approve", "1")["state"] == "approved"
    paid = desk.record("fred", "batch", "pay", "1", "--reference", "file 7")
    assert paid["totals"] == {"USD": {"payout": 105_00}}
    again = ("batch", "pay", "1", "--reference", "file 7")
    assert desk.refusal("fred", *again) == "already_paid"
    (shown,) = desk.record("abe", "batch", "list")
    assert (shown["number"], shown["state"]) == (1, "paid")


def test_batch_is_rejected_prepared_again_and_voided(desk: Desk) -> None:
    desk.record("fred", "batch", "prepare")
    desk.record("fay", "batch", "reject", "1", "--reason", "too early")
    desk.record("fred", "batch", "prepare")
    assert desk.record("fay", "batch", "prepare", "--again", "2")["batch"] == 3
    desk.record("fay", "batch", "void", "3", "--reason", "no longer wanted")
    states = [one["state"] for one in desk.record("abe", "batch", "list")]
    assert states == ["void", "void", "rejected"]
    assert desk.refusal("abe", "batch", "prepare") == "not_allowed"


def test_hold_keeps_money_from_every_way_of_paying(desk: Desk) -> None:
    placed = ("hold", "place", "payee", "ana", "--reason", "checking", "--until")
    assert desk.record("fred", *placed, "2026-04-01") == {"hold": 1}
    assert desk.record("fred", "hold", "list")[0]["reason"] == "checking"
    assert desk.record("fred", "pay", "--preview")["totals"] == {}
    assert desk.record("fred", "pay", "--preview")["payees"] == []
    assert desk.refusal("fred", "batch", "prepare") == "nothing_owed"
    desk.record("fay", "hold", "release", "1")
    assert desk.record("fred", "pay")["totals"] == {"USD": {"payout": 105_00}}


@pytest.mark.parametrize(
    ("what", "name", "begins"),
    [
        ("transfers", "a.csv", b"sequence,transfer_key,"),
        ("trial-balance", "a.csv", b"account,currency,"),
        ("liability", "a.csv", b"promised_on,"),
        ("liability", "a.xlsx", b"PK"),
        ("transfers", "a.beancount", b"; The books"),
        ("transfers", "a.hledger", b"; The books"),
    ],
)
def test_books_are_written_to_a_file(
    desk: Desk, tmp_path: Path, what: str, name: str, begins: bytes
) -> None:
    desk.record("abe", "export", what, str(tmp_path / name))
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_export_to_something_else_writes_nothing(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    assert desk.refusal("abe", "export", "transfers", str(path)) == "export"
    assert not path.exists()
    payee = ("export", "transfers", str(tmp_path / "a.csv"))
    assert desk.refusal("ana", *payee) == "not_visible"
