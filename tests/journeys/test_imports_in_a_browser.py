"""Does somebody at a desk get a file into the feed, with a broken one on the way?

With SHOTS=FOLDER every step is also written there as a picture, to be looked at.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"  # noqa: S105 (of people who exist in tests only)
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1200, "height": 900}
SHOTS = os.environ.get("SHOTS", "")
HEADER = "Deal ID,Close date,Rep,Partner,Product,Amount,Stage\n"
ROWS = (
    'D-50,2026-03-03,cleo,south,GTX Pro,"2,400.00",Closed Won\n'
    'D-51,2026-03-04,Kleo,south,GTXPro,"1,200.00",Closed Won\n'
    'D-52,2026-03-05,ben,north,GTX Pro,"3,000.00",Closed Won\n'
    "D-53,2026-03-05,ben,north,GTX Pro,free,Closed Won\n"
    'D-54,2026-03-06,ben,north,GTX Pro,"1,900.00",Closed Lost\n'
)
BROKEN = HEADER + ROWS + "D-55,2026-03-06,ben\n"


def looked_at(page: Any, name: str) -> list[str]:
    """Return what is wrong with the page on a light phone and a dark desk."""
    found: list[str] = []
    for size, scheme in ((PHONE, "light"), (DESK, "dark")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        results = Axe().run(page)
        assert results.response["passes"], "axe looked at nothing"
        if results.violations_count:
            found.append(f"{name} {scheme}: {results.generate_report()}")
        if page.evaluate("document.documentElement.scrollWidth - innerWidth") > 0:
            found.append(f"{name} {size['width']}: wider than the screen")
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            shot = Path(SHOTS) / f"{name}-{size['width']}-{scheme}.png"
            page.screenshot(path=shot, full_page=True)
    return found


def a_page(browser: Any, base_url: str) -> Any:
    """Return a page of the manager; nothing here is waited for in vain for long."""
    page = browser.new_context(base_url=base_url, viewport=DESK).new_page()
    page.set_default_timeout(120_000)
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("mia")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def send(page: Any, path: Path) -> None:
    page.get_by_role("link", name="New import").click()
    page.get_by_label("Which system is it from?").fill("desk")
    page.get_by_label("Files").set_input_files(path)
    page.get_by_role("button", name="Send").click()


def test_broken_file_is_corrected_saved_and_known_the_second_time(
    browser: Any, base_url: str, tmp_path: Path
) -> None:
    broken, good = tmp_path / "deals.csv", tmp_path / "deals-2.csv"
    broken.write_text(BROKEN, encoding="utf-8")
    good.write_text(HEADER + ROWS, encoding="utf-8")
    page = a_page(browser, base_url)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto("/imports/")
    found = looked_at(page, "imports")
    page.get_by_role("link", name="New import").click()
    found += looked_at(page, "new")
    page.goto("/imports/")

    send(page, broken)
    main = page.get_by_role("main")
    assert "deals.csv row 7" in main.inner_text()
    assert "expected 7 cells as in the header, got 3" in main.inner_text()
    found += looked_at(page, "broken")

    page.get_by_label("The corrected file").set_input_files(good)
    page.get_by_role("button", name="Send it").click()
    found += looked_at(page, "file")
    page.get_by_role("link", name="Yes, these are the rows").click()
    page.get_by_label("Currency, where no column says it").fill("USD")
    found += looked_at(page, "columns")
    page.get_by_role("button", name="Dry run").click()
    found += looked_at(page, "working")
    page.get_by_role("link", name="Say who and what they are").click()
    found += looked_at(page, "names")
    page.get_by_role("button", name="Go on as chosen").click()
    page.get_by_role("button", name="Save", exact=True).wait_for()
    assert "4 new, 0 known" in main.inner_text()
    assert "expected a number" in main.inner_text()
    found += looked_at(page, "ready")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("Saved.").first.wait_for()
    found += looked_at(page, "saved")

    page.goto("/imports/")
    send(page, good)
    page.get_by_role("link", name="Yes, these are the rows").click()
    page.get_by_role("button", name="Dry run").click()
    page.get_by_role("button", name="Close: nothing to add").wait_for()
    assert "0 new, 4 known" in main.inner_text()
    page.get_by_role("button", name="Discard").click()

    # The latest stands first; how many batches there were before is no matter here.
    page.get_by_role("link", name=re.compile(r"^Batch \d+$")).first.click()
    found += looked_at(page, "batch")
    page.get_by_role("button", name="Show what undoing it would do").click()
    page.get_by_role("button", name="Undo it").wait_for()
    found += looked_at(page, "undo")
    page.get_by_role("button", name="Discard").click()
    page.context.close()
    assert found == []
    assert [one for one in complaints if "Content Security" in one] == []
