"""What does the same small case cost in Tryton, an open ERP with a module for it?

A flat share of every invoice line goes to one person. Timed is `create_commissions`: it
reads the invoices, works out each amount and stores one row each in a SQLite database in
memory. Setting up the database and entering the invoices is not timed.
"""

# ruff: noqa: PLC0415 (trytond reads its settings when it is imported)

from __future__ import annotations

import os
import time
import warnings
from decimal import Decimal
from typing import Any

RATE = Decimal("0.02")


def in_tryton(invoices: int, rounds: int) -> tuple[list[float], str]:
    """Return the seconds of each round of `invoices`, and the sum of the last round."""
    warnings.simplefilter("ignore")
    os.environ["DB_NAME"] = ":memory:"
    from trytond import config

    config.set("database", "uri", "sqlite://")
    from trytond.tests.test_tryton import activate_module, with_transaction

    activate_module("commission")
    timed = with_transaction()(_timed)
    answer: tuple[list[float], str] = timed(invoices, rounds)
    return answer


def _timed(invoices: int, rounds: int) -> tuple[list[float], str]:
    from trytond.modules.company.tests import create_company, set_company
    from trytond.pool import Pool
    from trytond.transaction import Transaction

    pool = Pool()
    company = create_company()
    with set_company(company):
        found = _set_up(pool, company)
        model = pool.get("account.invoice")
        seconds = []
        for _ in range(rounds):
            entered = model.create([_invoice(found, n) for n in range(invoices)])
            # A new transaction: records are read as they are in daily work.
            Transaction().commit()
            entered = model.browse([one.id for one in entered])
            started = time.perf_counter()
            made = model.create_commissions(entered)
            seconds.append(time.perf_counter() - started)
            if len(made) != invoices:
                message = f"{len(made)} amounts for {invoices} invoices"
                raise RuntimeError(message)
        return seconds, str(sum(one.amount for one in made))


def _make(pool: Any, model: str, **values: Any) -> int:
    (record,) = pool.get(model).create([values])
    return int(record.id)


def _find(pool: Any, model: str, *domain: Any) -> int:
    return int(pool.get(model).search(list(domain), limit=1)[0].id)


def _set_up(pool: Any, company: Any) -> dict[str, int]:
    """Make what an invoice needs; return the numbers of the records."""
    from trytond.modules.account.tests import create_chart, get_fiscalyear
    from trytond.modules.account_invoice.tests import set_invoice_sequences

    create_chart(company)
    year = set_invoice_sequences(get_fiscalyear(company))
    year.save()
    pool.get("account.fiscalyear").create_period([year])
    found = {
        kind: _find(
            pool,
            "account.account",
            (f"type.{kind}", "=", True),
            ("closed", "!=", True),
        )
        for kind in ("revenue", "expense", "receivable")
    }
    found |= {
        "company": company.id,
        "currency": company.currency.id,
        "unit": _find(pool, "product.uom", ("name", "=", "Unit")),
        "journal": _find(pool, "account.journal", ("type", "=", "revenue")),
        "customer": _make(pool, "party.party", name="C", addresses=[("create", [{}])]),
    }
    found["address"] = _find(pool, "party.address", ("party", "=", found["customer"]))
    found["product"] = _product(pool, found)
    share = _make(
        pool,
        "commission.plan",
        name="A flat share",
        commission_product=found["product"],
        commission_method="posting",
        lines=[("create", [{"formula": f"amount * {RATE}"}])],
    )
    found["paid"] = _make(
        pool,
        "commission.agent",
        party=_make(pool, "party.party", name="Payee"),
        type_="agent",
        plan=share,
        currency=company.currency.id,
    )
    return found


def _product(pool: Any, found: dict[str, int]) -> int:
    category = _make(
        pool,
        "product.category",
        name="Everything",
        accounting=True,
        account_revenue=found["revenue"],
        account_expense=found["expense"],
    )
    template = _make(
        pool,
        "product.template",
        name="Product",
        default_uom=found["unit"],
        type="service",
        list_price=Decimal(0),
        account_category=category,
        products=[("create", [{}])],
    )
    return _find(pool, "product.product", ("template", "=", template))


def _invoice(found: dict[str, int], number: int) -> dict[str, Any]:
    """Return an invoice of one line over 100 and `number` dollars."""
    line = {
        "type": "line",
        "company": found["company"],
        "currency": found["currency"],
        "quantity": 1,
        "unit": found["unit"],
        "unit_price": Decimal(100 + number),
        "account": found["revenue"],
        "product": found["product"],
        "description": "Sold",
    }
    return {
        "type": "out",
        "company": found["company"],
        "currency": found["currency"],
        "party": found["customer"],
        "invoice_address": found["address"],
        "journal": found["journal"],
        "account": found["receivable"],
        "agent": found["paid"],
        "lines": [("create", [line])],
    }
