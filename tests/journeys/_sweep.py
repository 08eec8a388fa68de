"""Which pages does the sweep look at, as whom? Those of the route tables.

None is listed here: whoever adds a page to the inventory has it looked at too.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from pathlib import Path

import attrs

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1200, "height": 900}
THEMES = ("light", "dark")

# Who looks, when several may: those whose page it is before those who look on.
_FIRST = (
    *("payee", "firm_owner", "manager", "finance", "administrator", "analyst", "checker"),
    *("other_payee", "other_owner"),
)


@attrs.frozen
class Visit:
    """One page and the role that opens it; a stranger has none."""

    role: str
    url: str

    @property
    def stem(self) -> str:
        """Return a file name for its pictures."""
        plain = "".join(one if one.isalnum() else "-" for one in self.url).strip("-")
        # The signature of a shared address is another one in every process.
        return f"{self.role or 'stranger'}-{plain[:80] or 'home'}"


def visits() -> list[Visit]:
    """Return one visit of every address that somebody may read, by role."""
    from test_routes import EXPECTED, FRAGMENTS, OPEN  # noqa: PLC0415 (needs Django)

    found = [Visit("", url) for url in OPEN if not url.startswith("/sign-out")]
    for url, (readers, _) in EXPECTED.items():
        if url in FRAGMENTS:
            continue
        role = next((one for one in _FIRST if one in readers), None)
        if role is not None:
            found.append(Visit(role, url))
    # What is told to those who may not, and where nothing is.
    found += [Visit("payee", "/programs/"), Visit("payee", "/nothing/here/")]
    return sorted(set(found), key=lambda one: (one.role, one.url))


def by_role(found: Iterable[Visit]) -> dict[str, list[Visit]]:
    """Return the visits of each role."""
    grouped: dict[str, list[Visit]] = {}
    for one in found:
        grouped.setdefault(one.role, []).append(one)
    return grouped


def write_contact_sheet(folder: Path) -> Path:
    """Write index.html beside the pictures: each page in both themes and sizes."""
    rows: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.png")):
        rows.setdefault(path.stem.rsplit("--", 1)[0], []).append(path)
    parts = [_row(name, paths) for name, paths in rows.items()]
    sheet = folder / "index.html"
    sheet.write_text(_SHEET.replace("ROWS", "\n".join(parts)), encoding="utf-8")
    return sheet


def _row(name: str, paths: Sequence[Path]) -> str:
    pictures = "".join(
        f'<a href="{name}"><img loading="lazy" alt="{name}" src="{name}"></a>'
        for name in (html.escape(path.name) for path in paths)
    )
    return f"<section><h2>{html.escape(name)}</h2><div>{pictures}</div></section>"


_SHEET = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Every page</title><style>
body { font: 14px/1.4 sans-serif; margin: 1rem; background: #ddd; }
div { display: flex; gap: 1rem; align-items: flex-start; }
img { max-height: 480px; max-width: 480px; border: 1px solid #999; }
</style></head><body><h1>Every page, phone and desk, light and dark</h1>
ROWS
</body></html>
"""
