"""Who gets in where? One table a topic, of every address and every role.

EXPECTED  address -> (who reads it, who is told that their role may not); all others get 404
POSTS     address -> the same, of those who may send its form; an empty form is sent
prepare   what must be in the install so that the addresses lead somewhere

FRAGMENTS the addresses of EXPECTED that answer a part of a page, for a script

A page that only sends on, or that everybody may open, stands in OPEN with its answers.
"""

from __future__ import annotations

from typing import Final

STAFF: Final = frozenset({"manager", "finance", "checker", "analyst", "administrator"})
NOBODY: Final[frozenset[str]] = frozenset()
EVERYBODY: Final = STAFF | {"payee", "other_payee", "firm_owner", "other_owner"}
OUTSIDERS: Final = EVERYBODY - STAFF

Table = dict[str, tuple[frozenset[str], frozenset[str]]]
