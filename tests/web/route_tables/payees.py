from __future__ import annotations

from route_tables import NOBODY, STAFF, Table

EXPECTED: Table = {
    "/payees/": (
        STAFF | {"firm_owner", "other_owner"},
        frozenset({"payee", "other_payee"}),
    ),
    "/payees/ana/statement/": (STAFF | {"payee", "firm_owner"}, NOBODY),
    "/payees/ana/events/": (STAFF | {"payee", "firm_owner"}, NOBODY),
    "/payees/ana/why/?source=crm&event=D-1": (STAFF | {"payee", "firm_owner"}, NOBODY),
    # Somebody else's event under one's own name.
    "/payees/ana/why/?source=crm&event=D-5": (NOBODY, NOBODY),
    "/payees/ana/why/": (NOBODY, NOBODY),
    "/payees/cleo/statement/": (STAFF | {"other_payee", "other_owner"}, NOBODY),
    "/payees/nobody/statement/": (NOBODY, NOBODY),
}
