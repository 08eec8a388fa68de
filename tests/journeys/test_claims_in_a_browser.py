"""Does a claim go from a phone in a car park to a decision by keyboard?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from _ways import DESK, PHONE, Open, go_to_place, opener, sign_out

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser: Any, base_url: str) -> Open:
    """Return a way to be somebody in a fresh browser."""
    return opener(browser, base_url)


def a_photo(folder: Path) -> Path:
    """Return a picture as a phone would take one, different from the others."""
    path = folder / "receipt.gif"
    path.write_bytes(
        b"GIF89a" + b"\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
    )
    return path


def fill(page: Any, customer: str) -> None:
    page.goto("/claims/new/")
    page.get_by_role("link", name="Spring sprint").click()
    page.get_by_label("Customer", exact=True).fill(customer)
    page.get_by_label("Day it happened").fill("2026-03-05")
    page.get_by_label("Amount in USD").fill("1500.00")


def test_claim_goes_from_phone_to_approval_by_keyboard(
    opened: Open, tmp_path: Path
) -> None:
    with opened("cleo", viewport=PHONE) as page:
        go_to_place(page, "Claims")
        page.get_by_role("link", name="Claim something").click()
        page.get_by_role("link", name="Spring sprint").click()
        page.get_by_label("Customer", exact=True).fill("Quay Books")
        page.get_by_label("Day it happened").fill("2026-03-05")
        page.get_by_label("Amount in USD").fill("1500.00")
        page.get_by_label("Files").set_input_files(a_photo(tmp_path))
        page.get_by_role("button", name="Send the claim").click()
        assert "You read here what becomes of it." in page.inner_text("main")
        assert page.get_by_role("link", name="receipt.gif").is_visible()
    with opened("mia", viewport=DESK) as page:
        page.goto("/claims/queue/")
        page.keyboard.press("?")
        assert page.get_by_role("dialog").is_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        page.keyboard.type("quay")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=quay**")
        page.keyboard.press("j")
        page.keyboard.press("a")
        page.wait_for_url("**/claims/decide/**")
        assert "Spring sprint\n$75.00" in page.inner_text("main")
        assert page.evaluate("document.activeElement.textContent") == "Approve"
        page.keyboard.press("Enter")
        page.wait_for_url("**done=approve**")
        assert "1 claim approved" in page.inner_text("main")
    with opened("cleo", viewport=PHONE) as page:
        page.goto("/claims/")
        page.get_by_role("link", name="Quay Books").click()
        page.get_by_role("link", name="See what it pays and why").click()
        assert "It meets every condition of the terms." in page.inner_text("main")
    with opened("mia", viewport=DESK) as page:
        page.goto("/claims/queue/?q=quay&state=approved")
        page.keyboard.press("u")
        page.wait_for_url("**act=undo**")
        assert "Spring sprint\n$75.00" in page.inner_text("main")
        page.get_by_label("Reason, which the payee reads").select_option(
            "Decided by mistake."
        )
        page.get_by_role("button", name="Undo").click()
        assert "1 decision taken back" in page.inner_text("main")


def test_several_are_chosen_and_rejected_by_keyboard(opened: Open) -> None:
    for customer in ("Bulk One", "Bulk Two"):
        with opened("cleo", viewport=PHONE, java_script_enabled=False) as page:
            fill(page, customer)
            page.get_by_role("button", name="Send the claim").click()
            assert "You read here" in page.inner_text("main")
    with opened("mia", viewport=DESK) as page:
        page.goto("/claims/queue/?q=bulk")
        for key in ("j", "x", "j", "x", "r"):
            page.keyboard.press(key)
        page.wait_for_url("**act=reject**")
        assert "Reject: 2 claims" in page.inner_text("h1")
        page.get_by_role("button", name="Reject").click()
        assert "A reason is needed." in page.get_by_role("alert").inner_text()
        page.get_by_label("In your words").fill("Nobody can confirm it.")
        page.get_by_role("button", name="Reject").click()
        assert "2 claims rejected." in page.inner_text("main")


def test_unsent_claim_survives_a_lost_connection(opened: Open) -> None:
    with opened("cleo", viewport=PHONE) as page:
        fill(page, "Tunnel Cafe")
        page.context.set_offline(True)
        page.get_by_role("button", name="Send the claim").click()
        assert "No connection." in page.locator("#draft-note").inner_text()
        page.context.set_offline(False)
        page.wait_for_url("**?sent")
        assert "Tunnel Cafe" in page.inner_text("h1")
        # What is typed and left comes back, and goes when its user signs out.
        fill(page, "Left Behind")
        page.goto("/claims/new/spring/")
        assert page.get_by_label("Customer", exact=True).input_value() == "Left Behind"
        assert "Choose your files again" in page.locator("#draft-note").inner_text()
        sign_out(page)
        page.wait_for_url("**/sign-in/**")
        assert page.evaluate("Object.keys(localStorage).length") == 0


def test_duplicate_is_warned_while_typing_and_sent_with_a_note(opened: Open) -> None:
    with opened("ana", viewport=PHONE) as page:
        fill(page, "Harbor Foods")
        page.get_by_label("Day it happened").blur()
        page.get_by_text("Was this claimed before?").wait_for()
        page.get_by_role("button", name="Send the claim").click()
        page.get_by_label("Note").fill("A second order of the same week.")
        page.get_by_role("button", name="Send it all the same").click()
        assert "You read here" in page.inner_text("main")


def test_deal_is_found_while_typing(opened: Open) -> None:
    with opened("ana", viewport=PHONE) as page:
        page.goto("/claims/new/spring/")
        page.get_by_label("Find my deal").press_sequentially("D-7")
        page.locator("#found a").first.click()
        assert page.get_by_label("Customer", exact=True).input_value() == "customer of D-7"
        assert "This program knows it already" in page.inner_text("main")
