"""Do the pages work for everybody: on a phone, in the dark, by keyboard, without scripts?

With SHOTS=FOLDER every page is also written there as a picture, to be looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

PASSWORD = "correct horse battery"  # noqa: S105 (of people who exist in tests only)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1200, "height": 900}
PAGES = {
    "": [
        "/sign-in/",
        "/join/no-such-link/",
    ],
    "ana": [
        "/home/",
        "/payees/ana/statement/",
        "/payees/ana/statement/2026-03/",
        "/payees/ana/payout-method/",
        "/payees/ana/payout-method/new/",
        "/payees/ana/payout-method/new/?kind=us",
        "/payees/ana/tax-form/",
        "/programs/race/leaderboard/",
        "/offline/",
        "/payees/ana/events/",
        "/payees/ana/why/?source=crm&event=D-7",
        "/payees/ana/why/?source=crm&event=D-3",
        "/payees/ana/why/?source=crm&event=D%208%2Fx%26y",
        "/programs/spring/terms/",
        "/programs/",
        "/nothing/here/",
        "/claims/",
        "/claims/new/",
        "/claims/new/spring/?q=D-7",
        "/claims/new/spring/?source=crm&event=D-7",
        "/claims/1/",
        "/disputes/",
        "/disputes/new/?source=crm&event=D-7&payee=ana",
        "/disputes/1/",
    ],
    "nora": [
        "/claims/",
        "/firms/north/",
        "/firms/north/invite/",
        "/firms/north/consent/",
    ],
    "cleo": [
        "/home/",
        "/payees/cleo/payout-method/",
    ],
    "fred": [
        "/payout-methods/",
        "/payees/ana/tax-form/",
        "/tax-rules/",
        "/finance/",
        "/finance/batches/",
        "/finance/batches/new/",
        "/finance/batches/new/?least=1000",
        "/finance/holds/",
        "/finance/exceptions/",
        "/finance/liability/",
        "/finance/budgets/",
        "/finance/month-ends/",
        "/finance/trial-balance/",
        "/finance/runs/",
        "/finance/runs/new/",
        "/firms/",
        "/firms/south/consent/",
    ],
    "mia": [
        "/programs/",
        "/programs/spring/",
        "/programs/spring/live/",
        "/programs/spring/pause/",
        "/programs/spring/end/",
        "/programs/spring/clone/",
        "/programs/spring/amend/",
        "/drafts/new/",
        "/drafts/new/?starter=fixed-amount",
        "/payees/",
        "/payees/?q=nobody",
        "/payees/dan/statement/",
        "/payees/dan/events/",
        "/claims/queue/",
        "/claims/queue/?q=nobody",
        "/claims/decide/?act=approve&claim=1.1&claim=2.1",
        "/claims/decide/?act=reject&claim=2.1",
        "/claims/2/",
        "/disputes/1/",
    ],
    "ada": [
        "/people/",
        "/people/?q=nobody",
        "/people/invite/",
        "/people/4/",
        "/people/8/",
        "/you/",
        "/you/password/",
        "/you/security/",
        "/you/security/app/",
        "/you/sessions/",
        "/confirm/",
    ],
}
SHOTS = os.environ.get("SHOTS", "")

Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, base_url: str) -> Open:
    """Return a way to open a page of the install as somebody, in a fresh context."""

    @contextmanager
    def opening(username: str, **options: Any) -> Iterator[Any]:
        context = browser.new_context(base_url=base_url, **options)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        if username:
            sign_in(page, username)
        try:
            yield page
        finally:
            context.close()
        # A 403 or 404 of the page itself is told too; what the policy blocked must not be.
        assert [one for one in complaints if "Content Security" in one] == []

    return opening


def sign_in(page: Any, username: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("username", PAGES)
def test_pages_are_accessible_and_fit(
    opened: Open, username: str, size: dict[str, int], scheme: str
) -> None:
    found: list[str] = []
    with opened(username, viewport=size, color_scheme=scheme) as page:
        for url in PAGES[username]:
            page.goto(url)
            results = Axe().run(page)
            assert results.response["passes"], "axe looked at nothing"
            if results.violations_count:
                found.append(f"{url}: {results.generate_report()}")
            wide = "document.documentElement.scrollWidth - innerWidth"
            if page.evaluate(wide) > 0:
                found.append(f"{url}: wider than the screen")
            if SHOTS:
                name = "".join(c if c.isalnum() else "-" for c in f"{username}{url}")
                folder = Path(SHOTS)
                folder.mkdir(parents=True, exist_ok=True)
                shot = folder / f"{name}-{size['width']}-{scheme}.png"
                page.screenshot(path=shot, full_page=True)
    assert found == []


@pytest.mark.browser
def test_payee_finds_out_why_without_any_script(opened: Open) -> None:
    with opened("ana", viewport=PHONE, java_script_enabled=False) as page:
        page.get_by_role("link", name="Every event, paid or not").click()
        page.get_by_role("link", name="Deal won: D-3").click()
        said = page.get_by_role("main").inner_text()
        assert "The amount is $800.00; $1,000.00 is the least that counts." in said
        page.locator("details.you summary").click()
        page.get_by_role("button", name="Sign out").click()
        page.goto("/payees/ana/statement/")
        assert page.get_by_role("heading", name="Sign in").is_visible()


@pytest.mark.browser
def test_somebody_at_the_keyboard_skips_to_the_content_and_sees_the_focus(
    opened: Open,
) -> None:
    with opened("mia", viewport=DESK) as page:
        page.goto("/programs/")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        assert skip.evaluate("one => one === document.activeElement")
        assert skip.bounding_box()["x"] >= 0
        assert skip.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.browser
def test_manager_goes_from_the_program_to_its_report(opened: Open) -> None:
    with opened("mia", viewport=DESK) as page:
        page.get_by_role("link", name="Spring sprint", exact=True).click()
        assert "$1,385.00 left" in page.get_by_role("main").inner_text()
        page.get_by_role("link", name="Report", exact=True).click()
        assert page.get_by_role("heading", level=1).inner_text().startswith("Spring sprint")
        assert page.locator("svg").count() > 0


@pytest.mark.browser
def test_wrong_password_is_told_and_the_name_is_kept(opened: Open) -> None:
    with opened("", viewport=PHONE) as page:
        page.goto("/payees/ana/statement/")
        page.get_by_label("Username").fill("ana")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        assert (
            "This name and password do not fit." in page.get_by_role("alert").inner_text()
        )
        assert page.get_by_label("Username").input_value() == "ana"
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        assert page.url.endswith("/payees/ana/statement/")
