"""Would the same method have found as much where there was no program?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from openspiff.measure import Estimate

from ._coat import LIGHT, Chart, make_chart, values


def placebos_chart(placebos: Sequence[float], found: Estimate) -> Chart:
    """Return what the method finds where no program ran (m), beside what it found here.

    `placebos` are in the unit of `found`: those of units that were never treated, or of
    windows before the program.
    """
    effects = sorted(float(one) for one in placebos)
    beyond = sum(abs(one) >= abs(found.value) for one in effects)
    return make_chart(
        lambda width: _layers(effects, found, width),
        name="placebos",
        title="What the method finds where there was no program",
        alternative=(
            f"{len(effects)} pretended programs; {beyond} of them show an effect as far"
            f" from zero as the {found.value:,.3g} found here."
        ),
        header=("kind", "effect"),
        rows=[*(("pretended", one) for one in effects), ("this program", found.value)],
    )


def _layers(effects: Sequence[float], found: Estimate, width: int) -> Any:
    bars = (
        alt.Chart(values([{"effect": one} for one in effects]))
        .mark_bar(color=LIGHT.faint)
        .encode(
            x=alt.X("effect:Q", bin=alt.Bin(maxbins=24), title=found.unit),
            y=alt.Y("count()", title="pretended programs", axis=alt.Axis(tickMinStep=1)),
        )
    )
    here = alt.Chart(values([{"effect": found.value, "name": "this program"}]))
    rule = here.mark_rule(color=LIGHT.treated, strokeWidth=3).encode(x="effect:Q")
    # The words stand on the side of the rule that has room for them.
    is_right = found.value > (effects[len(effects) // 2] if effects else 0.0)
    name = here.mark_text(
        align="right" if is_right else "left",
        dx=-6 if is_right else 6,
        dy=8,
        color=LIGHT.ink,
        fontSize=13,
    ).encode(x="effect:Q", y=alt.value(0), text="name:N")
    return alt.layer(bars, rule, name).properties(width=width - 52, height=140)
