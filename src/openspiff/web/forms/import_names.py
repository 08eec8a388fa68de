"""What is said of names that nobody knows?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
from django.utils.translation import gettext as _


@attrs.frozen(kw_only=True)
class NameAnswers:
    """What was said of unknown names, by kind, and who comes onto the roster."""

    aliases: dict[str, dict[str, str]]
    known: dict[str, list[str]]
    refused: dict[str, list[str]]
    new_payees: list[dict[str, str]]
    errors: list[str]


def answers_of(
    data: Mapping[str, Any], unknown: list[dict[str, Any]], known: Mapping[str, Any]
) -> NameAnswers:
    """Return the answers of the page of names; an answer for all of a kind comes first."""
    found = NameAnswers(
        aliases={one: {} for one in known},
        known={one: [] for one in known},
        refused={one: [] for one in known},
        new_payees=[],
        errors=[],
    )
    for number, one in enumerate(unknown):
        kind, name = one["kind"], one["name"]
        act = data.get(f"all_{kind}") or data.get(f"do_{number}") or ""
        meant = str(data.get(f"as_{number}", "")).strip()
        if data.get(f"all_{kind}") == "same":
            meant = one["closest"]
            act = "same" if meant else data.get(f"do_{number}") or "refuse"
        if act == "same" and meant in known[kind]:
            found.aliases[kind][name] = meant
        elif act == "same":
            message = _("%(name)s: “%(meant)s” is not known; choose a known name.")
            found.errors.append(message % {"name": name, "meant": meant})
        elif act == "keep" and kind == "payee":
            firm_id = str(data.get(f"firm_{number}", one["firm_id"])).strip()[:200]
            payee = {"payee_id": name, "name": name, "firm_id": firm_id}
            found.new_payees.append(payee)
        elif act == "keep":
            found.known[kind].append(name)
        else:
            found.refused[kind].append(name)
    return found
