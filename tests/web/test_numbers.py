"""Is a number in an address read, and everything else left alone?"""

from __future__ import annotations

import pytest
from django.test import Client
from web_world import World

from openspiff.web.forms.numbers import page_number, whole_number

NO_NUMBERS = ["", "-1", "1.0", "1e3", " 1", "\N{SUPERSCRIPT TWO}", "\u0663", "9" * 16]


@pytest.mark.parametrize("text", [*NO_NUMBERS, "9" * 5_000])
def test_what_is_no_plain_number_is_none(text: str) -> None:
    assert whole_number(text) is None
    assert page_number(text) == 1


def test_plain_digits_are_a_number() -> None:
    assert (whole_number("0"), whole_number("012"), page_number("7")) == (0, 12, 7)
    assert page_number("0") == 1


PAGES = {
    "payee": ["/claims/?page={}", "/disputes/?page={}"],
    "firm_owner": ["/firms/north/?page={}"],
    "manager": ["/imports/?page={}", "/claims/queue/?q=C-{}", "/claims/queue/?q={}"],
    "finance": ["/finance/batches/new/?again={}"],
}


@pytest.mark.parametrize("role", PAGES)
def test_no_number_in_an_address_breaks_a_page(
    client: Client, world: World, role: str
) -> None:
    client.force_login(world.users[role])
    for address in PAGES[role]:
        for text in (*NO_NUMBERS, "9" * 19, "9" * 5_000):
            response = client.get(address.format(text))
            assert response.status_code in {200, 400}, (address, text[:20])
