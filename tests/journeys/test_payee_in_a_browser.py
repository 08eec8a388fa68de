"""Does a payee get through on a phone: to the account, and to the pages without a net?"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from _ways import PHONE, go_to_place, sign_in, sign_out

pytestmark = pytest.mark.browser

KEPT = "async () => (await (await caches.open('pages-1')).keys()).map(one => one.url)"


class Line:
    """The net between phone and server: what goes in comes out, until it is cut."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._target = (parts.hostname, parts.port)
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection, and take no more."""
        self._end(self._listening)
        for one in self._open:
            self._end(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(self._target)
                self._open += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=ends, daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while block := source.recv(65_536):
                sink.sendall(block)
        self._end(source)
        self._end(sink)

    @staticmethod
    def _end(one: socket.socket) -> None:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@pytest.fixture
def phone(browser: Any) -> Callable[..., Any]:
    """Return a way to hold a phone in hand, signed in as somebody."""

    @contextmanager
    def holding(url: str, username: str) -> Iterator[Any]:
        context = browser.new_context(base_url=url, viewport=PHONE)
        page = context.new_page()
        sign_in(page, username)
        try:
            yield page
        finally:
            context.close()

    return holding


def wait_until_kept(page: Any, part: str) -> None:
    """Wait until the phone holds a page whose address has this part."""
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function(
        f"({KEPT})().then(all => all.some(one => one.includes('{part}')))"
    )


def test_home_and_statement_are_readable_without_a_net(
    phone: Callable[..., Any], base_url: str
) -> None:
    line = Line(base_url)
    with phone(line.url, "ana") as page:
        assert page.url.endswith("/home/")
        wait_until_kept(page, "/home/")
        page.goto("/payees/ana/statement/")
        wait_until_kept(page, "/statement/")
        line.cut()
        page.goto("/home/")
        said = page.get_by_role("main").inner_text()
        assert "Offline: as of" in page.get_by_role("status").inner_text()
        assert "Spring sprint" in said
        assert page.evaluate("getComputedStyle(document.body).marginTop") == "0px"
        page.get_by_role("link", name="Statement").first.click()
        assert "Month by month" in page.get_by_role("main").inner_text()
        page.goto("/payees/ana/events/")  # never seen
        assert page.get_by_role("heading", level=1).inner_text() == "Offline"


def test_pages_are_forgotten_at_sign_out(phone: Callable[..., Any], base_url: str) -> None:
    line = Line(base_url)
    with phone(line.url, "ana") as page:
        wait_until_kept(page, "/home/")
        sign_out(page)
        page.get_by_role("heading", name="Sign in").wait_for()
        page.wait_for_function(f"({KEPT})().then(all => all.length === 0)")
        line.cut()
        page.goto("/home/")
        said = page.locator("body").inner_text()
        assert "this page was not kept" in said
        assert "Ana" not in said


def test_next_reader_finds_nothing_of_the_one_before(
    phone: Callable[..., Any], base_url: str
) -> None:
    with phone(base_url, "ana") as page:
        wait_until_kept(page, "/home/")
        page.goto("/payees/ana/statement/")
        wait_until_kept(page, "/ana/statement/")
        page.context.clear_cookies()  # the session is gone, nobody signed out
        sign_in(page, "cleo")
        wait_until_kept(page, "/home/")
        assert [one for one in page.evaluate(KEPT) if "/ana/" in one] == []


def test_payee_adds_an_account_and_finance_sees_it_masked(
    phone: Callable[..., Any], base_url: str
) -> None:
    with phone(base_url, "cleo") as page:
        page.get_by_role("link", name="Say where to be paid").click()
        page.get_by_role("link", name="Add an account").click()
        page.get_by_label("IBAN", exact=True).fill("DE89 3704 0044 0532 0130 01")
        page.get_by_role("button", name="Save").click()
        assert "The check digits do not fit" in page.get_by_role("main").inner_text()
        field = page.get_by_label("IBAN", exact=True)
        assert field.input_value() == "DE89 3704 0044 0532 0130 01"
        field.fill("DE89 3704 0044 0532 0130 00")
        page.get_by_role("button", name="Save").click()
        assert "DE ···· 3000" in page.get_by_role("main").inner_text()
    with phone(base_url, "fred") as page:
        go_to_place(page, "Accounts")
        said = page.get_by_role("main").inner_text()
        assert "DE ···· 3000" in said
        assert "37040044" not in page.content()


def test_tickets_come_after_the_page(phone: Callable[..., Any], base_url: str) -> None:
    with phone(base_url, "ana") as page:
        page.get_by_text("4 tickets so far; your next deal brings 1 ticket.").wait_for()


def test_phone_may_install_it(phone: Callable[..., Any], base_url: str) -> None:
    with phone(base_url, "ana") as page:
        link = page.locator("link[rel=manifest]").get_attribute("href")
        answer = page.request.get(link)
        assert answer.headers["content-type"] == "application/manifest+json"
        manifest = answer.json()
        assert (manifest["display"], manifest["scope"]) == ("standalone", "/")
        for icon in manifest["icons"]:
            found = page.request.get(icon["src"])
            assert (found.status, found.headers["content-type"]) == (200, "image/png")
