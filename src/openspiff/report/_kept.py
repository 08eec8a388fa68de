"""How is a report kept, so that a page can show it without drawing it again?"""

from __future__ import annotations

import datetime as dt
import json

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from ._contents import Contents
from ._sections import Section


def _converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    # Pictures are kept drawn: what drew them is left out.
    drawn = override(omit=True)
    converter.register_unstructure_hook(
        Section, make_dict_unstructure_fn(Section, converter, draw=drawn)
    )
    converter.register_structure_hook(
        Section, make_dict_structure_fn(Section, converter, draw=drawn)
    )
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    return converter


def contents_json(contents: Contents) -> str:
    """Return what a report says, its pictures drawn, as JSON text with sorted keys."""
    return json.dumps(_converter().unstructure(contents), sort_keys=True)


def read_contents(text: str) -> Contents:
    """Return the contents that `contents_json` wrote; days of charts stay texts."""
    return _converter().structure(json.loads(text), Contents)
