"""How does a page come without anything from anywhere? One file, its style by digest."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import Any, Final

import jinja2

from ._charts import Chart, chart_csv

_BELOW_ZERO: Final = re.compile(r"-(?=[$€£¥]|[A-Z]{3} \d)")
_FOLDER = files("openspiff.report") / "templates"


def render(name: str, **said: Any) -> str:
    """Return a template as a self-contained page that runs no script.

    The page names its own content policy. Same input, same bytes.
    """
    environment = jinja2.Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        finalize=_unbroken,
        loader=jinja2.FunctionLoader(_template),
    )
    environment.globals |= {"csv_link": _csv_link, "cell": _cell}
    style = _template("report.css")
    return environment.get_template(name).render(
        style=style, style_digest=_digest(style), **said
    )


def _unbroken(value: Any) -> Any:
    """Return a text whose amounts below zero are not broken after their sign."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return _BELOW_ZERO.sub("-\N{WORD JOINER}", value)
    return value


def _template(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _csv_link(chart: Chart) -> str:
    coded = base64.b64encode(chart_csv(chart).encode()).decode()
    return f"data:text/csv;base64,{coded}"


def _digest(style: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _cell(value: Any) -> str:
    match value:
        case None:
            return "n/a"
        case bool():
            return str(value)
        case int():
            return f"{value:,}"
        case float():
            # Two decimals, and a third where there is one.
            words = f"{value:,.3f}"
            return words.removesuffix("0")
        case _:
            return str(value)
