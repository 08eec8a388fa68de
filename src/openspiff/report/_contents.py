"""What stands in the report, in which order? The same for every form it is given."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final, TypedDict, Unpack

import attrs
from whenever import Instant

from openspiff.measure import Answer, answer_digest
from openspiff.program import Program, rule_line

from ._cells import (
    Cells,
    cells_of,
    opening_figures,
    opening_sentences,
    without_small,
)
from ._charts import Chart, bridge_chart, path_chart
from ._evidence import evidence
from ._sections import Section, Table
from ._words import (
    VERDICTS,
    naive_sentences,
    why_not_repeat,
)

_DRAWN: Final = frozenset({"draw", "light", "dark", "light_narrow", "dark_narrow"})

Truth = Sequence[tuple[str, str, str]]
"""(quantity, set in the simulated market, estimated)."""


@attrs.frozen(kw_only=True)
class Contents:
    """A whole report: the page for those who decide, then the evidence, then its origin.

    `numbers_digest` names the numbers, on every form of the report and on the record: it is
    that of the whole answer; on a shared copy that of what the copy says, since a digest of
    what it hides would let a reader try guesses.
    """

    title: str
    rule: str
    verdict: str
    reason: str
    verdict_rule: str
    sentences: tuple[str, ...]
    figures: tuple[tuple[str, str, str], ...]
    naive: tuple[str, ...]
    charts: tuple[Chart, ...]
    sections: tuple[Section, ...]
    origin: str
    copy: str
    program_id: str
    digests: tuple[str, str]
    numbers_digest: str
    as_of: int

    @property
    def all_charts(self) -> tuple[Chart, ...]:
        """Every picture of the report, in its order."""
        more = (chart for section in self.sections for chart in section.charts)
        return (*self.charts, *more)


class Options(TypedDict, total=False):
    """What a report may be given beside the answer, by name.

    `truth` is shown when the market was made by the simulator. `is_shared` makes a copy for
    others: what is about fewer than five payees is hidden, and placebos, which may be
    single firms, are left out.
    """

    truth: Truth
    is_shared: bool


def report_contents(
    answer: Answer, program: Program, **options: Unpack[Options]
) -> Contents:
    """Return what the report of one measurement says, whatever its form."""
    is_shared = options.get("is_shared", False)
    truth = options.get("truth", ())
    cells = cells_of(answer, is_shared=is_shared)
    shown = without_small(answer, cells)
    path = path_chart(shown) if shown.path else None
    sections = evidence(shown, cells)
    known = [_truth_section(truth)] if truth and not cells.hides_totals else []
    as_of = _day(answer.as_of, program.window.zone)
    contents = Contents(
        title=f"{program.name}: was it worth it?",
        rule=rule_line(program),
        verdict=VERDICTS[shown.verdict.decision],
        reason=cells.text(shown.verdict.reasons[0]) if shown.verdict.reasons else "",
        verdict_rule=shown.verdict.rule,
        sentences=(*why_not_repeat(shown), *opening_sentences(shown, cells)),
        figures=opening_figures(shown, cells),
        naive=tuple(cells.text(one) for one in naive_sentences(shown)),
        charts=tuple(one for one in (path, bridge_chart(shown)) if one is not None),
        sections=tuple(section.drawn() for section in (*known, *sections)),
        origin=f"As of {as_of}. Program {answer.program_id}, version {answer.version}.",
        copy=_copy_words(cells),
        program_id=answer.program_id,
        numbers_digest="" if is_shared else answer_digest(answer),
        digests=(answer.content_hash or "not launched", answer.data_digest or "unnamed"),
        as_of=answer.as_of,
    )
    if not is_shared:
        return contents
    return attrs.evolve(contents, numbers_digest=_digest_of_words(contents))


def _digest_of_words(contents: Contents) -> str:
    """Return the SHA-256 of what a report says in words and numbers, drawings apart."""
    said = attrs.asdict(
        contents, filter=lambda field, _: field.name not in _DRAWN, value_serializer=_plain
    )
    text = json.dumps(said, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(_owner: object, _field: object, value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _truth_section(truth: Truth) -> Section:
    return Section(
        heading="Truth beside estimate",
        sentences=("This market was made by the simulator, so the truth is known.",),
        tables=(
            Table(
                caption="Truth beside estimate",
                header=("Quantity", "Truth", "Estimate"),
                rows=tuple(truth),
            ),
        ),
    )


def _copy_words(cells: Cells) -> str:
    if not cells.is_shared:
        return ""
    words = (
        "Shared copy: counts below five payees, and what rests on them, are hidden; every"
        " number is rounded to what is written of it."
    )
    if cells.hides_paid:
        words += " Fewer than five payees were paid: what they were paid is hidden."
    if cells.has_small:
        words += (
            " Because a group is that small, the sizes of all groups, the means by week and"
            " what was added over all are hidden too: the small one could be worked out."
        )
    return words


def _day(at: int, zone: str) -> str:
    return Instant.from_timestamp(at // 1_000_000).to_tz(zone).date().format_iso()
