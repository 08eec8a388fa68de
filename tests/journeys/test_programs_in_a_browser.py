"""Does a manager get from nothing to a running program, also without any script?"""

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
def opened(browser: Any, base_url: str) -> Open:
    """Return a way to sit down at the manager's desk, in a fresh context."""

    @contextmanager
    def opening(username: str = "mia", **options: Any) -> Iterator[Any]:
        context = browser.new_context(base_url=base_url, **options)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        page.goto("/sign-in/")
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        try:
            yield page
        finally:
            context.close()
        assert [one for one in complaints if "Content Security" in one] == []

    return opening


def looked_at(page: Any, name: str) -> None:
    """Let axe look at the page on a light phone and a dark desk, and take its picture."""
    size = page.viewport_size
    for viewport, scheme in ((PHONE, "light"), (DESK, "dark")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(viewport)
        results = Axe().run(page)
        assert results.response["passes"], "axe looked at nothing"
        assert results.violations_count == 0, results.generate_report()
        wide = "document.documentElement.scrollWidth - innerWidth"
        assert page.evaluate(wide) <= 0, f"{name} is wider than the screen"
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            shot = Path(SHOTS) / f"{name}-{viewport['width']}-{scheme}.png"
            page.screenshot(path=shot, full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(size)


def test_manager_drafts_checks_launches_pauses_and_resumes(opened: Open) -> None:
    with opened(viewport=DESK) as page:
        page.goto("/programs/")
        page.get_by_role("link", name="New program").click()
        page.get_by_role("link", name="A fixed amount").click()
        text = page.get_by_label("Program file")
        written = text.input_value()
        # Every problem at once, while typing.
        broken = written.replace('"deal_won"', '"deal_one"').replace('"250.00"', '"x"')
        text.fill(broken.replace("product-sprint", "browser-sprint"))
        check = page.locator("#check")
        check.get_by_text("has 2 problems").wait_for()
        looked_at(page, "draft-with-problems")
        check.get_by_role("link", name="behavior.kind, line").click()
        chosen = "document.getSelection().toString() || (t => t.value.slice("
        chosen += "t.selectionStart, t.selectionEnd))(document.getElementById('id_text'))"
        assert "deal_one" in page.evaluate(chosen)
        text.fill(written.replace("product-sprint", "browser-sprint"))
        check.get_by_text("No problem found.").wait_for()
        page.get_by_role("button", name="Save draft").click()
        assert page.url.endswith("/drafts/browser-sprint/1/?saved=1")
        page.get_by_role("link", name="Preview and launch").click()
        looked_at(page, "launch-preview")
        assert page.get_by_text("These terms can never be changed.").is_visible()
        page.get_by_label("I have read what a launch freezes.").check()
        page.get_by_role("button", name="Launch").click()
        assert page.url.endswith("/programs/browser-sprint/")
        page.get_by_role("link", name="Pause the intake").click()
        page.get_by_label("Reason").fill("The price list is being corrected.")
        page.get_by_role("button", name="Pause the intake").click()
        assert "The price list is being corrected." in page.get_by_role("main").inner_text()
        looked_at(page, "program-paused")
        page.get_by_role("button", name="Resume the intake").click()
        assert "No claims are taken" not in page.get_by_role("main").inner_text()
        page.goto("/programs/")
        looked_at(page, "board")


def test_draft_is_written_without_any_script(opened: Open) -> None:
    with opened(viewport=PHONE, java_script_enabled=False) as page:
        page.goto("/drafts/new/?starter=share-of-the-deal")
        text = page.get_by_label("Program file")
        written = text.input_value().replace("margin-push", "scriptless")
        text.fill(written.replace('"5%"', "5"))
        page.get_by_role("button", name="Check").click()
        assert "payout.rate, line" in page.locator("#check").inner_text()
        page.get_by_label("Program file").fill(written)
        page.get_by_role("button", name="Save draft").click()
        assert page.url.endswith("/drafts/scriptless/1/?saved=1")
        page.get_by_text("Discard this draft").click()
        page.get_by_role("button", name="Discard the draft").click()
        assert page.url.endswith("/programs/")
        assert page.goto("/drafts/scriptless/1/").status == 404


def test_amendment_shows_what_it_changes_while_it_is_written(opened: Open) -> None:
    with opened(viewport=DESK) as page:
        page.goto("/programs/spring/amend/")
        text = page.get_by_label("Program file")
        text.fill(text.input_value().replace('"300.00"', '"450.00"'))
        row = page.locator("#check").get_by_role("row").filter(has_text="caps.payee_cap")
        row.wait_for()
        assert "300.00" in row.inner_text()
        assert "450.00" in row.inner_text()


def test_pictures_of_the_live_view_load_and_have_their_numbers_behind_them(
    opened: Open,
) -> None:
    with opened(viewport=DESK) as page:
        page.goto("/programs/spring/live/")
        pictures = page.locator(".picture img")
        assert pictures.count() == 3
        for number in range(3):
            one = pictures.nth(number)
            one.evaluate("one => one.decode()")
            assert one.evaluate("one => one.naturalWidth") > 300
            assert one.get_attribute("alt")
        page.get_by_text("The numbers behind it").first.click()
        assert page.get_by_role("link", name="As CSV").first.is_visible()
