"""Does money go from maker to checker to payee, and from nobody to themselves?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"  # noqa: S105 (of people who exist in tests only)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1200, "height": 900}
SHOTS = os.environ.get("SHOTS", "")

Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, own_base_url: str) -> Open:
    """Return a way to sit down as somebody, in a fresh context."""

    @contextmanager
    def opening(username: str) -> Iterator[Any]:
        context = browser.new_context(base_url=own_base_url, viewport=DESK)
        page = context.new_page()
        page.goto("/sign-in/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        try:
            yield page
        finally:
            context.close()

    return opening


def looks_right(page: Any, name: str) -> None:
    """Check the page in both themes on a phone and a desk, and take its picture."""
    for size in (PHONE, DESK):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            results = Axe().run(page)
            assert results.violations_count == 0, results.generate_report()
            wide = "document.documentElement.scrollWidth - innerWidth"
            assert page.evaluate(wide) <= 0, name
            if SHOTS:
                folder = Path(SHOTS)
                folder.mkdir(parents=True, exist_ok=True)
                shot = folder / f"journey-{name}-{size['width']}-{scheme}.png"
                page.screenshot(path=shot, full_page=True)
    page.emulate_media(color_scheme="light")


def main_of(page: Any) -> str:
    return str(page.get_by_role("main").inner_text())


def test_batch_goes_from_maker_to_checker_to_payee(opened: Open) -> None:
    with opened("fred") as page:
        page.get_by_role("link", name="Prepare a batch").first.click()
        assert "$105.00" in main_of(page)
        page.get_by_role("button", name="Prepare this batch").click()
        assert page.get_by_role("heading", name="Batch 1").is_visible()
        assert "so somebody else approves it" in main_of(page)
        assert page.get_by_role("button", name="Approve these lines").count() == 0
        looks_right(page, "prepared-own")

    with opened("fay") as page:
        page.goto("/finance/")
        looks_right(page, "today")
        page.get_by_role("link", name="Batch 1").click()
        page.get_by_text("Reject it").click()
        looks_right(page, "to-approve")
        page.get_by_role("button", name="Approve these lines").click()
        assert "approved, to be paid" in main_of(page)
        looks_right(page, "approved")

    with opened("fred") as page:
        page.goto("/finance/batches/1/")
        page.get_by_role("link", name="Pay it").click()
        looks_right(page, "pay")
        page.get_by_label("How it was paid").fill("bank file 2026-03-20")
        page.get_by_role("button", name="Record it as paid").click()
        assert "bank file 2026-03-20" in main_of(page)
        looks_right(page, "paid")
        page.goto("/finance/batches/")
        looks_right(page, "batches")

    with opened("ana") as page:
        page.set_viewport_size(PHONE)
        page.goto("/payees/ana/statement/")
        assert "$300.00" in main_of(page)
        assert "Paid D-7" in main_of(page)


def test_held_payee_reads_why_and_the_batch_says_so(opened: Open) -> None:
    with opened("fred") as page:
        page.goto("/finance/holds/")
        page.get_by_label("What").select_option("payee")
        page.get_by_label("Its id").fill("nobody")
        page.get_by_label("Why").fill("the bank account is being checked")
        page.get_by_role("button", name="Place the hold").click()
        assert "There is no payee" in main_of(page)
        assert page.get_by_label("Its id").input_value() == "nobody"
        looks_right(page, "hold-refused")
        page.get_by_label("Its id").fill("ana")
        page.get_by_role("button", name="Place the hold").click()
        assert "Ana Ruiz" in main_of(page)
        looks_right(page, "holds")
        page.goto("/finance/batches/new/")
        assert "payee on hold: the bank account is being checked" in main_of(page)
        looks_right(page, "left-out")

    with opened("ana") as page:
        page.goto("/payees/ana/statement/")
        assert "On hold: the bank account is being checked" in main_of(page)
        looks_right(page, "statement-on-hold")


def test_what_finance_reads_fits_and_is_accessible(opened: Open) -> None:
    with opened("fred") as page:
        for name in ("exceptions", "liability", "budgets", "month-ends", "trial-balance"):
            page.goto(f"/finance/{name}/")
            looks_right(page, name)
        for name in ("runs", "runs-new", "batches-new"):
            page.goto(f"/finance/{name.replace('-', '/')}/")
            page.wait_for_load_state("networkidle")
            looks_right(page, name)
            assert page.locator("progress").count() == 0
