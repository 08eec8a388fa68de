"""Which accounts can be paid?"""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from openspiff.ledger import BankAccountError, iban_account, us_account

# From the examples of the SWIFT registry.
GOOD = [
    "DE89 3704 0044 0532 0130 00",
    "GB29 NWBK 6016 1331 9268 19",
    "NO93 8601 1117 947",
    "fr14 2004 1010 0505 0001 3M02 606",
    "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
]


@pytest.mark.parametrize("iban", GOOD)
def test_iban_of_the_registry_is_taken_and_masked(iban: str) -> None:
    account = iban_account(holder=" Ana Ruiz ", iban=iban)
    assert account.country == iban[:2].upper()
    assert account.holder == "Ana Ruiz"
    assert account.masked == f"{account.country} ···· {account.number[-4:]}"
    assert account.number not in repr(account)


@pytest.mark.parametrize(
    ("iban", "said"),
    [
        ("DE89 3704 0044 0532 0130 01", "the check digits do not fit"),
        ("DE8937040044053201300", "expected 22 characters for DE, got 21"),
        ("US89370400440532013000", "no country 'US' has an IBAN"),
        ("", "expected letters and digits"),
        ("DE89\0704004405320130ÄÖ", "expected letters and digits"),
    ],
)
def test_wrong_iban_is_refused(iban: str, said: str) -> None:
    with pytest.raises(BankAccountError, match=said):
        iban_account(holder="Ana", iban=iban)


@given(place=st.integers(4, 21), digit=st.integers(0, 9))
def test_one_wrong_digit_is_always_noticed(place: int, digit: int) -> None:
    iban = "DE89370400440532013000"
    changed = iban[:place] + str(digit) + iban[place + 1 :]
    if changed == iban:
        assert iban_account(holder="Ana", iban=changed)
    else:
        with pytest.raises(BankAccountError):
            iban_account(holder="Ana", iban=changed)


def test_account_in_the_united_states_is_taken() -> None:
    account = us_account(holder="Ana", routing="021000021", account="000123456789")
    assert (account.routing, account.number) == ("021000021", "000123456789")
    assert account.masked == "···· 6789"
    assert account.country == "US"


@pytest.mark.parametrize(
    ("routing", "said"),
    [
        ("021000022", "the check digit does not fit"),
        ("02100002", "expected 9 digits"),
        ("991000021", "no bank's begins with 99"),
        ("٠٢١٠٠٠٠٢١", "expected 9 digits"),
    ],
)
def test_wrong_routing_number_is_refused(routing: str, said: str) -> None:
    with pytest.raises(BankAccountError, match=said):
        us_account(holder="Ana", routing=routing, account="1234")


def test_twenty_digits_and_no_holder_are_told_at_once() -> None:
    with pytest.raises(BankAccountError) as caught:
        us_account(holder=" ", routing="1", account="1" * 20)
    assert [one.place for one in caught.value.problems] == ["holder", "routing", "account"]
