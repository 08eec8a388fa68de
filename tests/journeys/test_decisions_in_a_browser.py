"""Can somebody decide, and let a stranger read along until the link is taken back?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from _ways import DESK, PHONE, Open, go_to_place, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(browser: Any, base_url: str) -> Open:
    """Return a way to open a page of the install in a fresh context."""

    @contextmanager
    def opening(username: str = "", **options: Any) -> Iterator[Any]:
        context = browser.new_context(base_url=base_url, **options)
        page = context.new_page()
        if username:
            sign_in(page, username)
        try:
            yield page
        finally:
            context.close()

    return opening


def test_manager_reads_the_measurement_and_decides(opened: Open) -> None:
    with opened("mia", viewport=DESK) as page:
        go_to_place(page, "Library")
        page.get_by_role("link", name="Spring sprint").click()
        drawn = page.get_by_role("img", name="Week by week")
        assert drawn.evaluate("one => one.decode().then(() => one.naturalWidth)") > 0
        assert drawn.evaluate("one => one.currentSrc").endswith("/light/")
        page.get_by_role("link", name="Decide anew").click()
        page.get_by_label("Retire it").check()
        page.get_by_label("Why?", exact=True).fill("Nobody asked for it.")
        page.get_by_role("button", name="Record the verdict").click()
        said = page.get_by_role("main").inner_text()
        assert "This is not what the rule suggests: say why." in said
        assert page.get_by_label("Why?", exact=True).input_value() == "Nobody asked for it."
        page.get_by_label("Why otherwise").fill("The product goes.")
        page.get_by_role("button", name="Record the verdict").click()
        assert "Retire it · decided by Mia" in page.get_by_role("main").inner_text()


def test_stranger_reads_a_shared_report_until_the_link_is_taken_back(
    opened: Open,
) -> None:
    with opened("mia", viewport=DESK) as page:
        page.goto("/programs/spring/links/")
        page.get_by_label("For whom?").fill("Our auditor")
        page.get_by_label("7 days").check()
        page.get_by_role("button", name="Make a link").click()
        address = page.get_by_label("Address for Our auditor").input_value()
        with opened(viewport=PHONE, color_scheme="dark") as stranger:
            stranger.goto(address)
            heading = stranger.get_by_role("heading", level=1).inner_text()
            assert heading == "Spring sprint: was it worth it?"
            # So few payees that even the pictures would tell of them.
            assert "fewer than 5" in stranger.get_by_role("main").inner_text()
            assert stranger.get_by_role("img").count() == 0
            with stranger.expect_download() as file:
                stranger.get_by_role("link", name="Download as PDF").click()
            assert file.value.path().read_bytes().startswith(b"%PDF")
        page.reload()
        assert "Opened 2 times" in page.get_by_role("main").inner_text()
        page.get_by_role("button", name="Take back Our auditor").click()
        with opened(viewport=PHONE) as stranger:
            stranger.goto(address)
            said = stranger.get_by_role("main").inner_text()
            assert "There is nothing here." in said
            assert "Spring" not in said
