from __future__ import annotations

from finance_world import add_finance
from web_world import World

from route_tables import NOBODY, OUTSIDERS, STAFF, Table

WORKS = frozenset({"finance", "checker", "administrator"})
READ = (STAFF, OUTSIDERS)
WORK = (WORKS, (STAFF | OUTSIDERS) - WORKS)
NOTHING_THERE = (NOBODY, OUTSIDERS)
NOTHING_TO_WORK_ON = (NOBODY, (STAFF | OUTSIDERS) - WORKS)

EXPECTED: Table = {
    "/finance/": READ,
    "/finance/exceptions/": READ,
    "/finance/budgets/": READ,
    "/finance/liability/": READ,
    "/finance/trial-balance/": READ,
    "/finance/month-ends/": READ,
    "/finance/month-ends/?month=2026-02": READ,
    "/finance/pictures/owed-usd.svg": READ,
    "/finance/pictures/budgets.svg?coat=dark-narrow": READ,
    "/finance/pictures/months-usd.csv": READ,
    "/finance/pictures/owed-eur.svg": NOTHING_THERE,
    "/finance/pictures/salaries.csv": NOTHING_THERE,
    "/finance/holds/": READ,
    "/finance/runs/": READ,
    "/finance/runs/new/": WORK,
    "/finance/runs/new/?whole=1": WORK,
    "/finance/batches/": READ,
    "/finance/batches/new/": WORK,
    "/finance/batches/1/": READ,
    "/finance/batches/999/": NOTHING_THERE,
    "/finance/batches/1/pay/": WORK,
    "/finance/batches/999/pay/": NOTHING_TO_WORK_ON,
    "/finance/batches/1/lines.csv": READ,
    "/finance/batches/999/lines.xlsx": NOTHING_THERE,
    "/finance/exports/transfers.csv": READ,
    "/finance/exports/trial-balance.xlsx": READ,
    "/finance/exports/liability.csv": READ,
    "/finance/exports/month-end.csv": READ,
    "/finance/exports/passwords.csv": NOTHING_THERE,
    "/finance/exports/books.beancount": READ,
    "/finance/exports/books.hledger": READ,
    "/finance/exports/books.zip": NOTHING_THERE,
}
POSTS: Table = {
    "/finance/runs/new/": WORK,
    "/finance/batches/new/": WORK,
    "/finance/batches/1/approve/": (frozenset({"checker", "administrator"}), NOBODY),
    "/finance/batches/1/reject/": (frozenset({"checker", "administrator"}), NOBODY),
    "/finance/batches/1/void/": WORK,
    "/finance/batches/1/pay/": WORK,
    "/finance/batches/999/approve/": NOTHING_TO_WORK_ON,
    "/finance/batches/999/pay/": NOTHING_TO_WORK_ON,
    "/finance/holds/": WORK,
    "/finance/holds/1/release/": WORK,
    "/finance/holds/999/release/": NOTHING_TO_WORK_ON,
}
# Nobody judges their own batch, whatever their role may do.
for _address in ("/finance/batches/1/approve/", "/finance/batches/1/reject/"):
    POSTS[_address] = (POSTS[_address][0], (STAFF | OUTSIDERS) - POSTS[_address][0])


def prepare(world: World) -> None:
    add_finance(world)
