"""Do the pages of finance say what the books say, with what needs a person on top?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from finance_world import add_finance
from payee_world import set_account
from web_world import World, at_noon

from openspiff.engine import DuckDBEngine
from openspiff.ledger import owed_sums, payouts
from openspiff.web.access import NotVisibleError
from openspiff.web.actions.kept_sums import renew_sums
from openspiff.web.models import PayeeName, Transfer
from openspiff.web.queries import books, budgets, exceptions, liability, month_ends
from openspiff.web.queries.account_lines import account_lines
from openspiff.web.queries.payables import promised_day
from openspiff.web.queries.programs import launched_programs

MARCH = at_noon(3, 10)
PAGES = [
    "/finance/",
    "/finance/exceptions/",
    "/finance/budgets/",
    "/finance/liability/",
    "/finance/trial-balance/",
    "/finance/month-ends/",
    "/finance/holds/",
    "/finance/runs/",
    "/finance/batches/",
    "/finance/batches/1/",
]


@pytest.fixture(autouse=True)
def march(settings: Any) -> None:
    settings.OPENSPIFF_AT = MARCH


def text_of(client: Client, world: World, url: str, role: str = "finance") -> str:
    """Return what a person reads of a page."""
    client.force_login(world.users[role])
    response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    main = response.content.decode().split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main)).replace("&#x27;", "'")


def accrue(payee_id: str, event_id: str, amount: int, **said: Any) -> None:
    """Add an accrual to the books, as a run would."""
    row = Transfer.objects.get(event_id="D-4", kind="accrual")
    row.pk, row.payee_id, row.event_id, row.amount_minor = None, payee_id, event_id, amount
    row.transfer_key = f"spring/{said.get('source', 'crm')}/{event_id}/{payee_id}/1"
    row.credit_account = f"payable:{payee_id}"
    for name, value in said.items():
        setattr(row, name, value)
    row.save(force_insert=True)
    renew_sums()


def test_schedule_agrees_with_the_ledger_and_with_the_accounts(world: World) -> None:
    fred = world.users["finance"]
    accrue("cleo", "E-1", 5_00, effective_at=at_noon(2, 1))
    accrue("cleo", "E-2", 7_00, effective_at=at_noon(3, 9))
    schedule = liability.liability(fred, at=MARCH)
    told = [(str(one.promised_on), one.bucket, one.amount_minor) for one in schedule]
    assert told == [
        ("2026-02-15", "overdue", 5_00),
        ("2026-03-23", "month", 7_00),
        ("2026-03-24", "month", 180_00),
    ]
    with DuckDBEngine(threads=1) as engine:
        after = books.open_books(fred, engine)
        terms = launched_programs(fred)
        payouts(engine, programs=terms, as_of=MARCH, recorded_at=MARCH, after=after)
        ledger = {
            (str(promised_day(terms[0], one.accrued_at)), one.unpaid_minor)
            for one in owed_sums(engine)
        }
    assert ledger == {(day, amount) for day, _, amount in told}
    (one,) = liability.reconciled(schedule, account_lines(fred))
    assert (one.schedule_minor, one.payable_minor, one.difference_minor) == (
        192_00,
        192_00,
        0,
    )
    assert one.receivable_minor == 75_00
    assert [two.payee_id for two in liability.overdue(fred, at=MARCH, count=9)[0]] == [
        "cleo"
    ]


def test_a_difference_to_the_accounts_is_shown(client: Client, world: World) -> None:
    accrue("cleo", "E-1", 5_00, credit_account="cash")
    text = text_of(client, world, "/finance/liability/")
    assert "USD $185.00 $180.00 $5.00" in text


def test_budget_is_booked_paid_left_and_expected(client: Client, world: World) -> None:
    (one,) = budgets.budgets(world.users["finance"], at=MARCH)
    # 615.00 of 2,000.00 in 68 days of 90: at that pace 813.97 by the end.
    assert (one.budget_minor, one.booked_minor, one.left_minor) == (
        2000_00,
        615_00,
        1385_00,
    )
    assert one.expected_minor == 615_00 * 89 // 68
    assert one.is_open
    text = text_of(client, world, "/finance/budgets/")
    assert "Budget of $2,000.00 $1,385.00 left" in text
    assert "Reserve $1,385.00" in text
    assert "March 2026 Spring sprint $105.00 $0.00" in text
    early = budgets.budgets(world.users["finance"], at=at_noon(1, 4))
    assert early[0].expected_minor is None


def test_exceptions_are_found_by_their_rules(client: Client, world: World) -> None:
    for number in range(4):
        accrue("ben", f"B-{number}", 10_00)
    accrue("ben", "B-9", 800_00)
    accrue("cleo", "E-1", 5_00, effective_at=at_noon(2, 1))
    accrue("cleo", " e-1", 6_00, source="claims")
    accrue("zoe", "Z-1", 9_00)
    ana = Transfer.objects.filter(kind="clawback").get()
    ana.pk, ana.transfer_key, ana.amount_minor = None, "more", 200_00
    ana.save(force_insert=True)
    renew_sums()
    found = exceptions.exceptions(world.users["finance"], at=MARCH)
    assert [(one.payee_id, one.amount_minor) for one in found.negative.rows] == [
        ("ana", -95_00)
    ]
    assert [one.payee_id for one in found.unknown.rows] == ["zoe"]
    # Ben's 250.00 of D-4 is the next largest: 800.00 is more than three times that.
    assert [(one.event_id, one.other) for one in found.unusual.rows] == [("B-9", 250_00)]
    assert [(one.payee_id, one.other) for one in found.twice.rows] == [("cleo", 2)]
    assert [one.payee_id for one in found.late] == ["ben", "cleo", "zoe"]
    # Nobody has named an account; north has agreed, and Zoe's firm nobody knows.
    owed = {one.payee_id for one in found.without_method.rows}
    assert owed == {"ben", "cleo", "zoe"}
    assert {one.payee_id for one in found.without_consent.rows} == {"cleo"}
    assert found.count == 11
    text = text_of(client, world, "/finance/exceptions/")
    assert "Ana Ruiz statement Ana Ruiz hold Ana Ruiz \N{MINUS SIGN}$95.00" in text


def test_nothing_odd_says_so(client: Client, world: World) -> None:
    found = exceptions.exceptions(world.users["finance"], at=MARCH)
    assert [one.payee_id for one in found.without_method.rows] == ["ana"]
    set_account(world)
    assert "Nothing needs a person." in text_of(client, world, "/finance/exceptions/")


def test_month_end_closes_where_the_statement_closes(client: Client, world: World) -> None:
    import datetime as dt  # noqa: PLC0415

    fred, zone = world.users["finance"], "America/New_York"
    page = month_ends.month_end(fred, dt.date(2026, 3, 1), zone=zone)
    (ana,) = [one for one in page.lines if one.payee_id == "ana"]
    assert (ana.opening_minor, ana.earned_minor, ana.taken_back_minor) == (0, 180_00, 75_00)
    assert ana.closing_minor == 105_00
    (both,) = page.sums
    assert both.closing_minor == sum(one.closing_minor for one in page.lines)
    january = month_ends.month_end(fred, dt.date(2026, 1, 1), zone=zone)
    assert (january.count, january.lines) == (0, ())
    (found,) = month_ends.month_end(
        fred, dt.date(2026, 2, 1), zone=zone, search="RUIZ"
    ).lines
    assert (found.payee_id, found.paid_minor) == ("ana", 195_00)
    text = text_of(client, world, "/finance/month-ends/?month=2026-03")
    assert "End of March 2026" in text
    assert client.get("/finance/month-ends/?month=2026-13").status_code == 200


def test_trial_balance_adds_payees_up(client: Client, world: World) -> None:
    text = text_of(client, world, "/finance/trial-balance/")
    assert "Debits equal credits in every currency." in text
    assert "Payable 3 payees \N{MINUS SIGN}$180.00" in text


def test_runs_and_payouts_stand_in_their_order(client: Client, world: World) -> None:
    text = text_of(client, world, "/finance/runs/")
    assert text.index("Clawed back $75.00") < text.index("Payout payout-4")
    assert text.index("Payout payout-4") < text.index("Earned $510.00")


def test_today_names_what_waits(client: Client, world: World) -> None:
    assert "No batch waits." in text_of(client, world, "/finance/")
    add_finance(world)
    assert "Batch 1 approved, to be paid" in text_of(client, world, "/finance/")


def test_empty_install_says_what_will_be_there(client: Client, empty_world: Any) -> None:
    from openspiff.web.models import User  # noqa: PLC0415

    assert empty_world
    client.force_login(User.objects.create(username="f", role="finance", created_at=0))
    for url in [*PAGES[:-1], "/finance/runs/new/?whole=1", "/finance/batches/new/"]:
        page = client.get(url)
        assert page.status_code == 200, url
        assert 'class="empty"' in page.content.decode(), url


def test_outsiders_are_told_nothing(world: World) -> None:
    for role in ("payee", "firm_owner"):
        viewer = world.users[role]
        with pytest.raises(NotVisibleError):
            liability.liability(viewer, at=MARCH)
        with pytest.raises(NotVisibleError):
            exceptions.exceptions(viewer, at=MARCH)
        with pytest.raises(NotVisibleError):
            budgets.budgets(viewer, at=MARCH)


def test_number_of_queries_does_not_grow(client: Client, world: World) -> None:
    add_finance(world)
    client.force_login(world.users["finance"])

    def queries() -> dict[str, int]:
        found = {}
        for url in PAGES:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(url).status_code == 200
            found[url] = len(seen)
        return found

    # First with all kinds of rows there are, then with many more of each.
    for number in range(2):
        accrue(f"p{number}", f"x{number}", 3_00, effective_at=at_noon(2, 1))
    few = queries()
    for number in range(2, 40):
        PayeeName.objects.create(payee_id=f"q{number}", name=f"Q {number}")
        accrue(f"q{number}", f"x{number}", 3_00, effective_at=at_noon(2, 1 + number % 20))
    assert queries() == few
    assert max(few.values()) < 30
