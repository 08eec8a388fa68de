"""Did it change the behavior, what moved in time, what stayed, what came from elsewhere?"""

from __future__ import annotations

from openspiff.measure import Answer, Estimate

from ._adding_up import mix_words
from ._charts import estimates_chart, mix_charts, redrawn_chart, timing_chart
from ._sections import Section, drawings, findings, some, table_of, why_unknown
from ._words import chance_sentences, gross_of

_STAYED = ("lift that stayed", "persistence", "half-life")
_MOVED = ("hold-back share", "pull-forward share")
_PARTS = ("hold-back", "in the window", "after the window")
_NOT_CLOSED = (
    "That is no lift that stayed: so late after the window the payees in the program sold"
    " less than without it, so the dip that followed the window has not closed."
)
_PERHAPS_CLOSED = (
    "So late after the window nothing of the lift is seen; whether a dip is left cannot be"
    " told."
)
_NOTHING_MOVED = (
    "A share whose whole interval is below zero means that nothing was moved, but added"
    " there."
)
_ELSEWHERE_WORDS = {
    "net": "Each is net of what moved in time: from the announcement to the end of the"
    " horizon, per payee and week of the window.",
    "gross": "Each is gross: in the window alone, what only moved in time not taken off.",
}
_MOVED_WORDS = (
    "A sale that was held back for the program, or brought forward into it, is taken off:"
    " what is left is the net effect."
)


def behavior(answer: Answer) -> Section:
    has_any = bool(answer.estimates or answer.naive)
    gross = gross_of(answer) or answer.headline
    return Section(
        heading="Did it change the behavior?",
        sentences=(
            *((answer.why_tier,) if answer.why_tier else ()),
            *findings(some(answer.interim or gross), answer.currency),
            # How often one looked is not in a p-value: while it runs there is none.
            *(() if answer.interim else chance_sentences(gross, answer.redrawn)),
        ),
        draw=lambda: [
            *([estimates_chart(answer)] if has_any else []),
            *([redrawn_chart(answer.redrawn)] if answer.redrawn else []),
        ],
    )


def moved(answer: Answer) -> Section:
    currency = answer.currency
    shares = [one for one in answer.timing if one.name in _MOVED and _tells(one)]
    said = list(findings(shares, currency))
    if any(one.high is not None and one.high < 0 for one in shares):
        said.append(_NOTHING_MOVED)
    if len(shares) < len(_MOVED):
        # Shares of nothing are not told; what came before, in and after the window is.
        parts = [one for name in _PARTS for one in answer.timing if one.name == name]
        said += findings(parts, currency)
    if answer.headline is not None and answer.headline.name == "net":
        said += findings([answer.headline], currency)
        said += chance_sentences(answer.headline, None)
    if not said:
        said.append(why_unknown(answer, "timing", "net effect"))
    return Section(
        heading="What only moved in time?",
        sentences=(_MOVED_WORDS, *said),
        draw=lambda: drawings(timing_chart(answer)),
    )


def _tells(one: Estimate) -> bool:
    """Tell whether the data exclude anything: a share of next to nothing may be all."""
    return one.shape != "everything"


def stayed(answer: Answer) -> Section:
    parts = [one for name in _STAYED for one in answer.timing if one.name == name]
    found = [one for one in parts if _tells(one)]
    why = why_unknown(
        answer, "persistence", "lift that stayed", "half-life", "timing", "net effect"
    )
    lift = next((one for one in found if one.name == _STAYED[0]), None)
    if lift is None or lift.value >= 0:
        said = findings(found, answer.currency) or (why,)
    else:
        # A share of a lift that stayed is not said where none did.
        is_open = lift.high is not None and lift.high < 0
        more = _NOT_CLOSED if is_open else _PERHAPS_CLOSED
        said = (*findings([lift], answer.currency), more)
    return Section(heading="What stayed?", sentences=said)


def elsewhere(answer: Answer) -> Section:
    why = why_unknown(answer, "effects elsewhere")
    effect = "" if answer.headline is None else answer.headline.name
    kind = _ELSEWHERE_WORDS.get(effect, "")
    said = (*((kind,) if kind else ()), *mix_words(answer))
    return Section(
        heading="What did it take from elsewhere?",
        sentences=said if answer.mix else (why,),
        draw=lambda: mix_charts(answer),
        tables=(table_of("Elsewhere", answer.mix, answer.currency),) if answer.mix else (),
    )
