"""Would the same method have found as much where there was no program?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from openspiff.measure import Estimate, Redraws

from ._coat import LIGHT, Chart, make_chart, values


def placebos_chart(placebos: Sequence[float], found: Estimate) -> Chart:
    """Return what the method finds where no program ran (m), beside what it found here.

    `placebos` are in the unit of `found`: those of units that were never treated, or of
    windows before the program.
    """
    effects = sorted(float(one) for one in placebos)
    beyond = sum(abs(one) >= abs(found.value) for one in effects)
    number = f"{found.value:,.3g}"
    return make_chart(
        lambda width: _layers(effects, found, width),
        name="placebos",
        title="What the method finds where there was no program",
        alternative=(
            f"{len(effects)} pretended programs; {beyond} of them show an effect as far"
            f" from zero as the {number} found here."
        ),
        header=("kind", "effect"),
        rows=[*(("pretended", one) for one in effects), ("this program", found.value)],
    )


def redrawn_chart(redrawn: Redraws) -> Chart:
    """Return what drawing the holdout again would have shown, beside what it showed."""
    bars = [
        (redrawn.low + redrawn.step * number, count)
        for number, count in enumerate(redrawn.counts)
    ]
    return make_chart(
        lambda width: _redrawn_layers(bars, redrawn, width),
        name="redrawn",
        title="What chance alone would show",
        alternative=(
            f"{sum(redrawn.counts):,} draws of the holdout by the same lot, had the program"
            " done nothing: the difference in standard errors of each draw. The one that"
            f" was drawn shows {redrawn.observed:,.2f}; {redrawn.p_value:.2%} of the draws"
            " lie as far from zero."
        ),
        header=("from, in standard errors", "to", "draws"),
        rows=[
            *((low, low + redrawn.step, count) for low, count in bars),
            (redrawn.observed, redrawn.observed, "the holdout as it was drawn"),
        ],
    )


def _redrawn_layers(bars: Sequence[tuple[float, int]], redrawn: Redraws, width: int) -> Any:
    rows = [
        {
            "from": low,
            "to": low + redrawn.step,
            "draws": count,
            "ground": 0,
            # What is as strong as the one drawn is what the p-value counts.
            "color": LIGHT.compared
            if max(abs(low), abs(low + redrawn.step)) > abs(redrawn.observed)
            else LIGHT.faint,
        }
        for low, count in bars
    ]
    reach = max(abs(redrawn.low), abs(redrawn.observed)) * 1.05
    x = alt.X(
        "from:Q",
        title="difference, in standard errors",
        scale=alt.Scale(domain=[-reach, reach], nice=False),
        axis=alt.Axis(grid=False, tickCount=7),
    )
    shown = alt.Chart(values(rows)).mark_rect(stroke=LIGHT.beside, strokeWidth=0.5)
    drawn = shown.encode(
        x=x,
        x2="to:Q",
        y=alt.Y(
            "draws:Q",
            title="draws",
            # Room on top for the words.
            scale=alt.Scale(domain=[0, max(redrawn.counts) * 1.25], nice=False),
            axis=alt.Axis(tickCount=4, tickMinStep=1),
        ),
        y2="ground:Q",
        color=alt.Color("color:N", scale=None),
    )
    return _marked(drawn, redrawn.observed, "as it was drawn", redrawn.observed > 0, width)


def _layers(effects: Sequence[float], found: Estimate, width: int) -> Any:
    bars = (
        alt.Chart(values([{"effect": one} for one in effects]))
        .mark_bar(color=LIGHT.faint)
        .encode(
            x=alt.X("effect:Q", bin=alt.Bin(maxbins=24), title=found.unit),
            y=alt.Y("count()", title="pretended programs", axis=alt.Axis(tickMinStep=1)),
        )
    )
    # The words stand on the side of the rule that has room for them.
    is_right = found.value > (effects[len(effects) // 2] if effects else 0.0)
    return _marked(bars, found.value, "this program", is_right, width, field="effect")


def _marked(
    bars: Any, place: float, name: str, is_right: bool, width: int, *, field: str = "from"
) -> Any:
    """Return bars with a rule at one place and its name beside it."""
    here = alt.Chart(values([{field: place, "name": name}]))
    rule = here.mark_rule(color=LIGHT.treated, strokeWidth=3).encode(x=f"{field}:Q")
    words = here.mark_text(
        align="right" if is_right else "left",
        dx=-6 if is_right else 6,
        dy=8,
        color=LIGHT.ink,
        fontSize=13,
    ).encode(x=f"{field}:Q", y=alt.value(0), text="name:N")
    return alt.layer(bars, rule, words).properties(width=width - 52, height=140)
