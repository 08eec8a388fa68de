"""Is all of the one sheet of styles used, is all that is used there, and nothing twice?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from house.sources import PACKAGE, shown, text_of

WEB = PACKAGE / "web"
SHEET = WEB / "static" / "web" / "openspiff.css"

# Where a class stands in a template: in the tag, or handed to the part that writes the tag.
_ATTRIBUTE = re.compile(r'\bclass="((?:\{%.*?%\}|\{\{.*?\}\}|[^"{])*)"', re.DOTALL)
_HANDED = re.compile(r"\blook=\"([\w-]+)\"|\{\{ look\|default:'([\w-]+)' \}\}")
_LOGIC = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
# A condition that opens, a whole rule, or the end of a condition.
_PARTS = re.compile(r"(@[^{}]+)\{|([^{}]+)\{([^{}]*)\}|\}")
_IN_SCRIPTS = re.compile(r'className = "([^"]+)"')
_IN_FORMS = re.compile(r'"class": "([^"]+)"')


def rules(sheet: str) -> Iterator[tuple[str, str, str]]:
    """Yield the condition (or nothing), selectors and declarations of each rule."""
    plain = re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL)
    condition = ""
    for found in _PARTS.finditer(plain):
        opened, selectors, inside = found.groups()
        if selectors is None:
            condition = opened.strip() if opened else ""
        else:
            yield condition, " ".join(selectors.split()), inside


def styled(sheet: str) -> set[str]:
    """Return the classes that the sheet says something about."""
    selectors = " ".join(one for _, one, _ in rules(sheet))
    return set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r"\[[^\]]*\]", "", selectors)))


def worn(template: str) -> set[str]:
    """Return the classes that a template gives to its tags."""
    handed = {name for pair in _HANDED.findall(template) for name in pair if name}
    attributes = (_LOGIC.sub(" ", one) for one in _ATTRIBUTE.findall(template))
    return handed | {name for one in attributes for name in one.split()}


def used() -> dict[str, list[str]]:
    """Return where each class is used: in templates, scripts and the inputs of forms."""
    found: dict[str, list[str]] = {}
    for path in sorted((WEB / "templates").rglob("*.html")):
        for name in worn(text_of(path)):
            found.setdefault(name, []).append(shown(path))
    for pattern, files in (
        (_IN_SCRIPTS, (WEB / "static" / "web").glob("*.js")),
        (_IN_FORMS, (WEB / "forms").glob("*.py")),
    ):
        for path in files:
            for names in pattern.findall(text_of(path)):
                for name in names.split():
                    found.setdefault(name, []).append(shown(path))
    return found


def said_twice(sheet: str) -> list[str]:
    """Name each property that one selector is given more than once under one condition."""
    said: Counter[str] = Counter()
    for condition, selectors, inside in rules(sheet):
        for selector in re.split(r",\s*(?![^()]*\))", selectors):
            for line in filter(str.strip, inside.split(";")):
                said[f"{condition} {selector}: {line.split(':')[0].strip()}".strip()] += 1
    return [name for name, times in said.items() if times > 1]


def colors_outside_tokens(sheet: str) -> list[str]:
    return [
        f"{selectors}: {color}"
        for _, selectors, inside in rules(sheet)
        if selectors != ":root"
        for color in re.findall(r"#[0-9a-fA-F]{3,8}\b", inside)
    ]


def test_every_class_in_the_sheet_is_used() -> None:
    assert sorted(styled(text_of(SHEET)) - set(used())) == []


def test_every_class_in_use_stands_in_the_sheet() -> None:
    known = styled(text_of(SHEET))
    assert {name: where for name, where in used().items() if name not in known} == {}


def test_nothing_is_said_twice() -> None:
    assert said_twice(text_of(SHEET)) == []


def test_every_color_is_a_token() -> None:
    assert colors_outside_tokens(text_of(SHEET)) == []


def test_every_section_of_a_topic_is_closed() -> None:
    marks = re.findall(r"/\* == (.*?) ?\*/", text_of(SHEET))
    assert marks[1::2] == ["end"] * (len(marks) // 2)
    assert "end" not in marks[0::2]


def test_the_check_of_the_sheet_can_fail() -> None:
    sheet = """
    /* .gone { color: red; } */
    :root { --ink: #123456; }
    .a, .b { color: red; margin: 0; }
    @media (max-width: 40rem) { .a { color: red; } .b { margin: 1rem; } }
    input.b:is(.c, [name=".d"]) { color: #abc; }
    .b { margin: 1rem; }
    """
    assert styled(sheet) == {"a", "b", "c"}
    assert said_twice(sheet) == [".b: margin"]
    assert colors_outside_tokens(sheet) == ['input.b:is(.c, [name=".d"]): #abc']
    assert worn(
        '<p class="a{% if "x" %} b{% endif %}">{% include "p" with look="c" %}'
    ) == {
        *("a", "b", "c"),
    }


def test_the_sheet_is_where_the_pages_look_for_it() -> None:
    base = text_of(WEB / "templates" / "web" / "base.html")
    assert f"web/{Path(SHEET).name}" in base
