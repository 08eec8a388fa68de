"""How does an amount follow from columns?"""

from __future__ import annotations

from pathlib import Path

import pytest
from event_files import GOOD, HEADER, MAPPING, lines, read, reasons, staged

FORMS = [
    ("price * quantity", "19.99,3", 5_997),
    ("price * quantity - discount", "19.99,3,5", 5_497),
    ("price * quantity * (1 - discount)", "19.99,3,0.15", 5_097),  # 50.9745
    ("price * quantity * (1 - discount / 100)", "0.05,1,50", 3),  # 0.025, half up
    ("price * quantity * (1 - discount / 100)", "0.333,3,0", 100),  # 0.999
    ("amount - cost", "10,2.50", 750),
    ("amount / months", "100,3", 3_333),
    ("amount / months", "0.10,4", 3),  # 0.025, half up
]


def computed(form: str, field: str = "amount") -> tuple[str, str]:
    words = form.replace("(", "").replace(")", "").replace("100", "")
    names = [word for word in dict.fromkeys(words.split()) if word.isalpha()]
    named = "\n".join(f'{name} = "c_{name}"' for name in names)
    mapping = MAPPING if field != "amount" else MAPPING.replace('amount = "value"\n', "")
    header = f"{HEADER}," + ",".join(f"c_{name}" for name in names)
    return f'{mapping}[computed.{field}]\nform = "{form}"\n{named}\n', header


@pytest.mark.parametrize(("form", "cells", "minor"), FORMS)
def test_amount_follows_from_columns_exactly(
    tmp_path: Path, form: str, cells: str, minor: int
) -> None:
    mapping, header = computed(form)
    result = read(tmp_path, lines(f"{GOOD},{cells}", header=header), mapping)
    assert reasons(result) == {}
    assert staged(result, "amount_minor") == [(minor,)]


BAD_FORMS = [
    ("price * quantity", "19.99,", "expected a number"),
    ("price * quantity", "1e9,3", "expected a number"),
    ("price * quantity", "-1,3", "zero or more"),
    ("price * quantity * (1 - discount)", "10,1,15", "zero or more"),
    ("price * quantity", "99999999999999,9", "at most"),
    ("amount / months", "10,0", "divide by"),
]


@pytest.mark.parametrize(("form", "cells", "said"), BAD_FORMS)
def test_amount_that_does_not_follow_is_refused(
    tmp_path: Path, form: str, cells: str, said: str
) -> None:
    mapping, header = computed(form)
    result = read(tmp_path, lines(f"{GOOD},{cells}", header=header), mapping)
    assert said in reasons(result)[2]


def test_margin_may_be_computed_below_zero(tmp_path: Path) -> None:
    mapping, header = computed("amount - cost", "margin")
    rows = [f"{GOOD},10,12.505", "d2,ann,2026-03-02,1,10,2"]
    result = read(tmp_path, lines(*rows, header=header), mapping)
    assert staged(result, "margin_minor") == [(-251,), (800,)]
