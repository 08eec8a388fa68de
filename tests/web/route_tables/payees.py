from __future__ import annotations

from payee_world import launch
from web_world import World

from route_tables import EVERYBODY, NOBODY, OUTSIDERS, STAFF, Table

PAYERS = frozenset({"finance", "checker", "administrator"})
OTHER_STAFF = frozenset({"manager", "analyst"})
OWNERS = frozenset({"firm_owner", "other_owner"})
PAYEES = frozenset({"payee", "other_payee"})

FRAGMENTS = {"/tickets/lucky/"}
EXPECTED: Table = {
    "/home/": (PAYEES, EVERYBODY - PAYEES),
    "/tickets/lucky/": (PAYEES, EVERYBODY - PAYEES),
    "/tickets/none/": (NOBODY, EVERYBODY - PAYEES),
    "/payees/": (STAFF | OWNERS, PAYEES),
    "/payees/ana/statement/": (STAFF | {"payee", "firm_owner"}, NOBODY),
    "/payees/ana/statement/2026-03/": (STAFF | {"payee", "firm_owner"}, NOBODY),
    "/payees/ana/statement/2026-03.pdf": (STAFF | {"payee", "firm_owner"}, NOBODY),
    "/payees/ana/statement/2026-03.csv": (STAFF | {"payee", "firm_owner"}, NOBODY),
    "/payees/ana/statement/2025-03/": (NOBODY, NOBODY),
    "/payees/ana/events/": (STAFF | {"payee", "firm_owner"}, NOBODY),
    "/payees/ana/why/?source=crm&event=D-1": (STAFF | {"payee", "firm_owner"}, NOBODY),
    # Somebody else's event under one's own name.
    "/payees/ana/why/?source=crm&event=D-5": (NOBODY, NOBODY),
    "/payees/ana/why/": (NOBODY, NOBODY),
    "/payees/cleo/statement/": (STAFF | {"other_payee", "other_owner"}, NOBODY),
    "/payees/cleo/statement/2026-02/": (STAFF | {"other_payee", "other_owner"}, NOBODY),
    "/payees/nobody/statement/": (NOBODY, NOBODY),
    # A firm's owner sees no account and no tax form, of nobody.
    "/payees/ana/payout-method/": (PAYERS | {"payee"}, OTHER_STAFF | OWNERS),
    "/payees/cleo/payout-method/": (PAYERS | {"other_payee"}, OTHER_STAFF | OWNERS),
    "/payees/nobody/payout-method/": (NOBODY, OTHER_STAFF | OWNERS),
    "/payees/ana/payout-method/new/": (frozenset({"payee"}), EVERYBODY - PAYEES),
    "/payees/cleo/payout-method/new/": (frozenset({"other_payee"}), EVERYBODY - PAYEES),
    "/payees/ana/tax-form/": (PAYERS | {"payee"}, OTHER_STAFF | OWNERS),
    "/payees/cleo/tax-form/": (PAYERS | {"other_payee"}, OTHER_STAFF | OWNERS),
    "/payout-methods/": (PAYERS, EVERYBODY - PAYERS),
    "/tax-rules/": (PAYERS, EVERYBODY - PAYERS),
    "/programs/race/leaderboard/": (EVERYBODY, NOBODY),
    "/programs/spring/leaderboard/": (NOBODY, NOBODY),  # its terms have none
    "/programs/none/leaderboard/": (NOBODY, NOBODY),
}
POSTS: Table = {
    "/payees/ana/payout-method/new/": (frozenset({"payee"}), EVERYBODY - PAYEES),
    "/payees/cleo/payout-method/new/": (frozenset({"other_payee"}), EVERYBODY - PAYEES),
    "/payees/ana/tax-form/": (PAYERS, OTHER_STAFF | OWNERS | {"payee"}),
    "/tax-rules/confirm/": (PAYERS, EVERYBODY - PAYERS),
    "/programs/race/leaderboard/final/": (
        frozenset({"manager", "administrator"}),
        OUTSIDERS | {"finance", "checker", "analyst"},
    ),
    "/programs/spring/leaderboard/final/": (
        NOBODY,
        OUTSIDERS | {"finance", "checker", "analyst"},
    ),
}
OPEN = {
    "/manifest.webmanifest": {200},
    "/service-worker.js": {200},
    "/offline/": {200},
}


def prepare(world: World) -> None:
    """Launch a program with a leaderboard, and a draw, for everybody of the roster."""
    launch(world, program_id="race", leaderboard={"rank_by": "events", "shows": "all"})
    draw = {"kind": "tickets", "prizes": [{"amount": "3000.00"}]}
    launch(world, program_id="lucky", payout=draw)
