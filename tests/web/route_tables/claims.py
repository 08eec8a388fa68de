from __future__ import annotations

from claims_world import add_claims

from route_tables import EVERYBODY, NOBODY, OUTSIDERS, STAFF, Table

PAYEES = frozenset({"payee", "other_payee"})
OWNERS = frozenset({"firm_owner", "other_owner"})
DECIDING = frozenset({"manager", "administrator"})
OF_ANA = STAFF | {"payee", "firm_owner"}
BARRED = EVERYBODY - DECIDING
DISPUTED = "/disputes/new/?source=crm&event=D-1&payee=ana"

EXPECTED: Table = {
    "/claims/": (PAYEES | OWNERS, STAFF),
    "/claims/new/": (PAYEES, EVERYBODY - PAYEES),
    "/claims/new/spring/": (PAYEES, EVERYBODY - PAYEES),
    "/claims/new/spring/?q=D-7": (PAYEES, EVERYBODY - PAYEES),
    "/claims/new/spring/?source=crm&event=D-7": (
        frozenset({"payee"}),
        EVERYBODY - PAYEES,
    ),
    "/claims/new/none/": (NOBODY, EVERYBODY - PAYEES),
    "/claims/queue/": (STAFF, OUTSIDERS),
    "/claims/decide/?act=approve&claim=1.1": (DECIDING, BARRED),
    "/claims/decide/?act=reject&claim=1.1&claim=2.1": (DECIDING, BARRED),
    "/claims/decide/?act=approve&claim=77.1": (NOBODY, BARRED),
    "/claims/decide/": (NOBODY, BARRED),
    "/claims/1/": (OF_ANA, NOBODY),
    "/claims/2/": (STAFF | {"other_payee", "other_owner"}, NOBODY),
    "/claims/77/": (NOBODY, NOBODY),
    "/claims/3/again/": (frozenset({"payee"}), STAFF | {"firm_owner"}),
    "/claims/77/again/": (NOBODY, NOBODY),
    "/evidence/1/": (OF_ANA, NOBODY),
    "/evidence/2/": (STAFF | {"other_payee", "other_owner"}, NOBODY),
    "/evidence/77/": (NOBODY, NOBODY),
    "/disputes/": (EVERYBODY, NOBODY),
    DISPUTED: (frozenset({"payee"}), STAFF | {"firm_owner"}),
    "/disputes/new/?source=crm&event=D-5&payee=ana": (NOBODY, NOBODY),
    "/disputes/1/": (OF_ANA, NOBODY),
    "/disputes/77/": (NOBODY, NOBODY),
}
POSTS: Table = {
    "/claims/new/spring/": (PAYEES, EVERYBODY - PAYEES),
    "/claims/new/spring/twins/": (PAYEES, EVERYBODY - PAYEES),
    "/claims/decide/": (NOBODY, BARRED),
    "/claims/3/again/": (frozenset({"payee"}), STAFF | {"firm_owner"}),
    "/claims/1/withdraw/": (frozenset({"payee"}), STAFF | {"firm_owner"}),
    DISPUTED: (frozenset({"payee"}), STAFF | {"firm_owner"}),
    "/disputes/1/answer/": (DECIDING, BARRED),
    "/disputes/77/answer/": (NOBODY, BARRED),
}

prepare = add_claims
