"""How does somebody in a journey come in, find a place, and go out again?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

PASSWORD = "correct horse battery"  # noqa: S105 (of people who exist in tests only)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1200, "height": 900}

Open = Callable[..., AbstractContextManager[Any]]


def opener(browser: Any, base_url: str) -> Open:
    """Return a way to sit down as somebody, in a fresh context of the browser.

    Whatever a page complains about in the console fails the journey, but for the
    connections that it cut and the refusals that it asked for.
    """

    @contextmanager
    def opening(username: str = "", **options: Any) -> Iterator[Any]:
        context = browser.new_context(base_url=base_url, **options)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        if username:
            sign_in(page, username)
        try:
            yield page
        finally:
            context.close()
        expected = ("the server responded with a status of 4", "ERR_")
        assert [
            one for one in complaints if not any(part in one for part in expected)
        ] == []

    return opening


def sign_in(page: Any, username: str, password: str = PASSWORD) -> None:
    """Fill the form by which everybody comes in."""
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Any) -> None:
    """Go out by the menu at the top."""
    page.locator("details.you summary").click()
    page.get_by_role("button", name="Sign out").click()


def go_to_place(page: Any, name: str) -> None:
    """Follow a link of the bar at the top, out of its menu on a phone."""
    menu = page.locator("details.on-phone summary")
    if menu.is_visible():
        menu.click()
    bar = page.get_by_role("navigation", name="Main")
    link = bar.get_by_role("link", name=name, exact=True)
    address = link.get_attribute("href")
    link.click()
    # A link of the next page may stand on this one too: wait until this one is left.
    page.wait_for_url(f"**{address}")


def read(page: Any) -> str:
    """Return what the page says, without the bar at the top."""
    return str(page.get_by_role("main").inner_text())


def figure(page: Any, name: str) -> str:
    """Return the number that a page shows under a name."""
    term = page.locator("dl.figures dt").filter(has_text=name).first
    return str(term.locator("xpath=following-sibling::dd[1]").inner_text())
