"""Does a deal that only the payee knew of become money, through everybody's hands?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from _ways import DESK, PHONE, Open, figure, go_to_place, opener, read

pytestmark = pytest.mark.journey


@pytest.fixture
def opened(browser: Any, own_base_url: str) -> Open:
    """Return a way to sit down as somebody; money moves, so at an install of its own."""
    return opener(browser, own_base_url)


def sums(phone: Any) -> tuple[str, str, str]:
    """Return what the payee's home says is provisional, approved and paid."""
    phone.goto("/home/")
    provisional, approved, paid = (
        figure(phone, name) for name in ("Provisional", "Approved", "Paid")
    )
    return provisional, approved, paid


def test_claim_on_a_phone_becomes_money_on_the_same_phone(
    opened: Open, tmp_path: Path
) -> None:
    receipt = tmp_path / "receipt.pdf"
    receipt.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<<>>\n%%EOF\n")
    with opened("cleo", viewport=PHONE) as phone:
        assert sums(phone) == ("$0.00", "$0.00", "$65.00")
        claim(phone, receipt)
        with opened("mia", viewport=DESK) as desk:
            approve_by_keyboard(desk)
        assert sums(phone) == ("$0.00", "$0.00", "$65.00")  # nothing is booked yet

        with opened("fred", viewport=DESK) as maker:
            book(maker)
            assert sums(phone) == ("$75.00", "$0.00", "$65.00")
            number = prepare(maker)
            with opened("fay", viewport=DESK) as checker:
                approve(checker, number)
            assert sums(phone) == ("$0.00", "$75.00", "$65.00")
            pay(maker, number)
        assert sums(phone) == ("$0.00", "$0.00", "$140.00")

        go_to_place(phone, "Statement")
        assert "$75.00" in read(phone)
        go_to_place(phone, "Claims")
        phone.get_by_role("link", name="Quay Books").click()
        phone.get_by_role("link", name="See what it pays and why").click()
        assert "It meets every condition of the terms." in read(phone)
        wide = "document.documentElement.scrollWidth - innerWidth"
        assert phone.evaluate(wide) <= 0


def claim(phone: Any, receipt: Path) -> None:
    """Claim from the line of the program on the first page."""
    phone.get_by_role("link", name="Claim Spring sprint").click()
    phone.get_by_label("Customer", exact=True).fill("Quay Books")
    phone.get_by_label("Day it happened").fill("2026-03-05")
    phone.get_by_label("Amount in USD").fill("1500.00")
    phone.get_by_label("Files").set_input_files(receipt)
    phone.get_by_role("button", name="Send the claim").click()
    assert "You read here what becomes of it." in read(phone)


def approve_by_keyboard(desk: Any) -> None:
    """Find the claim and approve it; no hand leaves the keyboard."""
    go_to_place(desk, "Claims")
    desk.keyboard.press("/")
    desk.keyboard.type("quay")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**q=quay**")
    desk.keyboard.press("j")
    desk.keyboard.press("a")
    desk.wait_for_url("**/claims/decide/**")
    assert "Would be earned\n$75.00" in read(desk)
    desk.keyboard.press("Enter")
    desk.wait_for_url("**done=approve**")
    assert "1 claim approved" in read(desk)


def book(maker: Any) -> None:
    """Look at the run that is due, and book it as it is shown."""
    assert maker.get_by_role("heading", name="Finance today").is_visible()
    maker.goto("/finance/runs/")
    maker.get_by_role("link", name="Look at a run").first.click()
    button = maker.get_by_role("button", name=re.compile(r"^Book \d+ transfer"))
    button.wait_for(timeout=120_000)
    assert "Cleo Park" in read(maker)
    button.click()
    maker.wait_for_url("**/jobs/*/")
    told = maker.get_by_text(re.compile(r"transfers? (is|are) on the books"))
    told.wait_for(timeout=120_000)  # a worker books it, and the page says so by itself


def prepare(maker: Any) -> int:
    """Prepare a batch of all that is owed; return its number."""
    maker.goto("/finance/batches/new/")
    assert "Cleo Park" in read(maker)
    maker.get_by_role("button", name="Prepare this batch").click()
    heading = str(maker.get_by_role("heading", level=1).inner_text())
    assert "so somebody else approves it" in read(maker)
    assert maker.get_by_role("button", name="Approve these lines").count() == 0
    return int(heading.removeprefix("Batch "))


def approve(checker: Any, number: int) -> None:
    """Approve what somebody else prepared, from the first page of finance."""
    checker.get_by_role("link", name=f"Batch {number}", exact=True).first.click()
    checker.get_by_role("button", name="Approve these lines").click()
    assert "approved, to be paid" in read(checker)


def pay(maker: Any, number: int) -> None:
    """Record how it was paid."""
    maker.goto(f"/finance/batches/{number}/")
    maker.get_by_role("link", name="Pay it").click()
    maker.get_by_label("How it was paid").fill("bank file 2026-03-20")
    maker.get_by_role("button", name="Record it as paid").click()
    assert "bank file 2026-03-20" in read(maker)
