"""SPIFF programs whole: rules, books, and what the money added.

The names below are the library; each is loaded when it is first asked for, so importing
the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from openspiff.client import connect as connect
    from openspiff.errors import OpenSpiffError as OpenSpiffError
    from openspiff.events import (
        Feed as Feed,
        feed_of as feed_of,
        load_mapping as load_mapping,
        read_events as read_events,
        write_batch as write_batch,
    )
    from openspiff.ledger import statement as statement
    from openspiff.market import simulate_market as simulate_market
    from openspiff.measure import measure_worth as measure_worth
    from openspiff.program import (
        Program as Program,
        read_program as read_program,
        rule_line as rule_line,
    )
    from openspiff.report import report_html as report_html
    from openspiff.rules import About as About, Explainer as Explainer, explain as explain
    from openspiff.run import evaluate as evaluate

_ROOMS: Final = {
    "OpenSpiffError": "errors",
    "Program": "program",
    "read_program": "program",
    "rule_line": "program",
    "Feed": "events",
    "feed_of": "events",
    "load_mapping": "events",
    "read_events": "events",
    "write_batch": "events",
    "evaluate": "run",
    "About": "rules",
    "Explainer": "rules",
    "explain": "rules",
    "statement": "ledger",
    "measure_worth": "measure",
    "simulate_market": "market",
    "report_html": "report",
    "connect": "client",
}

__all__ = list(_ROOMS)  # the same names, once


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return getattr(import_module(f"openspiff.{_ROOMS[name]}"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
