"""Is every page of the inventory accessible, in both themes, and does it fit a phone?

With SHOTS=FOLDER each is also written there as a picture, with an index to look at
(`make shots`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import django
import pytest
from _sweep import DESK, PHONE, THEMES, Visit, by_role, visits, write_contact_sheet
from axe_playwright_python.sync_playwright import Axe

django.setup()  # the route tables import records

from web_world import PASSWORD, PEOPLE  # noqa: E402

pytestmark = pytest.mark.browser

VISITS = by_role(visits())
SHOTS = os.environ.get("SHOTS", "")
WIDER = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module", autouse=True)
def _contact_sheet() -> Iterator[None]:
    yield
    if SHOTS and Path(SHOTS).is_dir():
        write_contact_sheet(Path(SHOTS))


@contextmanager
def opened(browser: Any, base_url: str, role: str, **options: Any) -> Iterator[Any]:
    """Open a page as somebody who has just signed in, and so is confirmed."""
    context = browser.new_context(base_url=base_url, **options)
    page = context.new_page()
    if role:
        page.goto("/sign-in/")
        page.get_by_label("Username").fill(PEOPLE[role].username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/sign-in/" not in url)
    try:
        yield page
    finally:
        context.close()


def is_page(page: Any, url: str) -> bool:
    """Tell whether an address shows a page of ours, not a file or the report as written."""
    headers = page.request.get(url).headers
    is_html = headers.get("content-type", "").startswith("text/html")
    is_own_file = "sandbox" in headers.get("content-security-policy", "")
    return (
        is_html
        and not is_own_file
        and "attachment" not in headers.get("content-disposition", "")
    )


def faults(page: Any, one: Visit) -> list[str]:
    """Return what is wrong with a page that is open."""
    found = []
    results = Axe().run(page)
    assert results.response["passes"], "axe looked at nothing"
    if results.violations_count:
        found.append(f"{one.role} {one.url}: {results.generate_report()}")
    if page.evaluate(WIDER) > 0:
        found.append(f"{one.role} {one.url}: wider than the screen")
    return found


@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("role", VISITS, ids=[role or "stranger" for role in VISITS])
def test_every_page_is_accessible_and_fits(
    browser: Any, base_url: str, role: str, size: dict[str, int], scheme: str
) -> None:
    found: list[str] = []
    looked_at = 0
    with opened(browser, base_url, role, viewport=size, color_scheme=scheme) as page:
        blocked: list[str] = []
        page.on("console", lambda said: blocked.append(f"{page.url}: {said.text}"))
        for one in VISITS[role]:
            if not is_page(page, one.url):
                continue
            page.goto(one.url)
            page.wait_for_load_state("networkidle")
            found += faults(page, one)
            looked_at += 1
            if SHOTS:
                Path(SHOTS).mkdir(parents=True, exist_ok=True)
                name = f"{one.stem}--{size['width']}-{scheme}.png"
                page.screenshot(path=Path(SHOTS) / name, full_page=True)
        found += [one for one in blocked if "Content Security" in one]
    assert looked_at
    assert found == []
