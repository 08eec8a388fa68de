"""Do people come in on a phone: by a link, an app, a passkey?"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

PASSWORD = "correct horse battery"  # noqa: S105 (of people who exist in tests only)
WORDS = "four quiet winter mornings"
PHONE = {"width": 390, "height": 844}
SHOTS = os.environ.get("SHOTS", "")

Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, base_url: str) -> Open:
    """Return a way to open the install in a fresh phone; passkeys need its proper name."""

    @contextmanager
    def opening(**options: Any) -> Iterator[Any]:
        site = base_url.replace("127.0.0.1", "localhost")
        context = browser.new_context(base_url=site, viewport=PHONE, **options)
        page = context.new_page()
        try:
            yield page
        finally:
            context.close()

    return opening


def shoot(page: Any, name: str) -> None:
    """Write a picture of the page, to be looked at."""
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert page.evaluate(wide) <= 0, name
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(SHOTS) / f"people-{name}.png", full_page=True)


def sign_in(page: Any, username: str, password: str = PASSWORD) -> None:
    page.goto("/sign-in/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_person_is_invited_adds_an_app_and_comes_in_with_its_code(opened: Open) -> None:
    with opened() as page:
        sign_in(page, "ada")
        page.goto("/people/invite/")
        page.get_by_label("Name").fill("Max Ode")
        page.get_by_label("Role").select_option("finance")
        page.get_by_role("button", name="Make the link").click()
        link = page.get_by_label("Link").input_value()
        shoot(page, "link")
    # By hand, without any script, on another phone.
    with opened(java_script_enabled=False) as page:
        page.goto(link)
        page.get_by_label("Username").fill("max")
        page.get_by_label("Password").fill("short")
        page.get_by_role("button", name="Come in").click()
        assert "too short" in page.get_by_role("alert").inner_text()
        assert page.get_by_label("Username").input_value() == "max"
        page.screenshot()
        page.get_by_label("Password").fill(WORDS)
        page.get_by_role("button", name="Come in").click()
        page.goto("/you/security/")
        page.get_by_role("link", name="Add an app").click()
        secret = page.locator(".steps code").inner_text().replace(" ", "")
        page.get_by_label("Code").fill(code_of(secret))
        page.get_by_role("button", name="Add the app").click()
        assert "The app was added" in page.get_by_role("status").inner_text()
        page.get_by_role("button", name="Get new spare codes").click()
        spare = page.locator(".codes code").first.inner_text()
        page.get_by_role("link", name="I have them").click()
        page.locator("details.you summary").click()
        page.get_by_role("button", name="Sign out").click()
        sign_in(page, "max", WORDS)
        assert page.get_by_role("heading", name="One more step").is_visible()
        page.get_by_label("Code").fill(spare)
        page.get_by_role("button", name="Go on").click()
        assert page.get_by_role("heading", name="Finance today").is_visible()


def code_of(secret: str) -> str:
    """Return what an app with this secret shows now (RFC 6238, by hand)."""
    moment = struct.pack(">Q", time.time_ns() // 30_000_000_000)
    digest = hmac.new(base64.b32decode(secret), moment, hashlib.sha1).digest()
    offset = digest[-1] & 15
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


def test_passkey_is_added_and_stands_in_for_name_and_password(opened: Open) -> None:
    with opened() as page:
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        session.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        sign_in(page, "fay")
        page.goto("/you/security/")
        page.get_by_label("Name of the passkey").fill("My phone")
        page.get_by_role("button", name="Add a passkey").click()
        page.get_by_role("status").wait_for()
        assert "My phone" in page.get_by_role("main").inner_text()
        shoot(page, "passkey-added")
        page.locator("details.you summary").click()
        shoot(page, "menu-of-you")
        page.get_by_role("button", name="Sign out").click()
        # Beside the password:
        sign_in(page, "fay")
        page.get_by_role("button", name="Use a passkey").click()
        page.get_by_role("heading", name="Finance today").wait_for()
        page.locator("details.you summary").click()
        page.get_by_role("button", name="Sign out").click()
        # Alone:
        page.get_by_role("button", name="Use a passkey").click()
        page.get_by_role("heading", name="Finance today").wait_for()
        page.goto("/confirm/?next=/you/security/")
        page.get_by_role("button", name="Confirm with a passkey").click()
        page.get_by_role("heading", name="Security").wait_for()
        page.get_by_role("button", name="Remove My phone").click()
        page.get_by_role("status").wait_for()
        assert "taken away" in page.get_by_role("status").inner_text()


def test_many_places_open_from_one_menu_without_a_script(opened: Open) -> None:
    with opened(java_script_enabled=False) as page:
        sign_in(page, "ada")
        page.locator("details.on-phone summary").click()
        page.get_by_role("navigation", name="Main").get_by_role(
            "link", name="People"
        ).click()
        assert page.get_by_role("heading", name="People").is_visible()
