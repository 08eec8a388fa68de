"""Does somebody see what is done in the background, without asking again, and mend it?

With SHOTS=FOLDER every step is also written there as a picture, to be looked at.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from test_imports_in_a_browser import DESK, PASSWORD, looked_at

pytestmark = pytest.mark.browser


def a_page(browser: Any, base_url: str, who: str) -> Any:
    page = browser.new_context(base_url=base_url, viewport=DESK).new_page()
    page.set_default_timeout(120_000)
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def test_given_up_job_is_seen_cancelled_and_tried_again(
    browser: Any, base_url: str
) -> None:
    page = a_page(browser, base_url, "fred")
    # The worker beside the server has found that nobody was shown this run.
    page.goto("/jobs/2/")
    page.get_by_text("this is not the run that was shown").first.wait_for()
    found = looked_at(page, "job-dead")
    page.get_by_role("link", name="Work in the background").click()
    found += looked_at(page, "jobs")
    assert page.get_by_text(re.compile(r"\d workers? at work")).is_visible()
    again = page.get_by_role("button", name=re.compile("Try it again now ?: Booking"))
    again.first.click()
    page.get_by_role("cell", name="2", exact=True).wait_for()  # by itself, without a click
    found += looked_at(page, "job-again")
    assert found == []
