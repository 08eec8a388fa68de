"""Where did the money go, and how much of it was paid for what would have come anyway?"""

from __future__ import annotations

import math

import attrs

from openspiff.measure import Answer, Estimate
from openspiff.money import currency_exponent
from openspiff.report._adding_up import times_weeks
from openspiff.report._numbers import about_money, in_major, major, number_range, say_range
from openspiff.report._words import net_result

from ._coat import Chart, make_chart
from ._rows import Row, Tone, draw_rows


@attrs.frozen(kw_only=True)
class _Step:
    """One step of the bridge, from one amount to another, in minor units."""

    name: str
    start: float
    end: float
    tone: Tone
    one: Estimate | None = None

    def words(self, currency: str) -> str:
        amount = about_money(self.end - self.start, currency)
        if self.one is None:
            return amount
        interval = say_range(self.one, currency).removeprefix("95% interval ")
        return f"{amount} ({interval})"


def bridge_chart(answer: Answer) -> Chart | None:
    """Return the way from what was paid to the net result; None when it cannot be told.

    Where the units added are known but not what they are worth, it ends with the cost.
    """
    if answer.total_incremental is None:
        return None
    currency = answer.currency
    scale = 10.0 ** -currency_exponent(currency)
    steps = [*_cost_steps(answer), *_gain_steps(answer)]
    rows = [
        Row(
            name=step.name,
            numbers=step.words(currency),
            tone=step.tone,
            bar=(step.start * scale, step.end * scale),
            one=step.one,
            scale=scale,
            # The interval belongs to the end of the bar, wherever that begins.
            shift=(step.end - step.one.value) * scale if step.one else 0.0,
        )
        for step in steps
    ]
    return make_chart(
        lambda width: draw_rows(rows, width, axis=currency),
        name="bridge",
        title="From what was paid to what is left",
        alternative=" ".join(f"{step.name}: {step.words(currency)}." for step in steps),
        header=("step", "from", "to", "low", "high", "unit"),
        rows=[
            (
                step.name,
                in_major(step.start, currency),
                in_major(step.end, currency),
                None if step.one is None else major(step.one, step.one.low, currency),
                None if step.one is None else major(step.one, step.one.high, currency),
                currency,
            )
            for step in steps
        ],
    )


def _cost_steps(answer: Answer) -> list[_Step]:
    """Split what was paid by the dead weight; below zero or above one it splits nothing."""
    paid, cost = float(answer.paid_minor), float(answer.cost_minor)
    taken = float(answer.clawed_back_minor or 0)
    share = 0.0 if answer.dead_weight is None else answer.dead_weight.value
    anyway = paid * min(max(share, 0.0), 1.0)
    of_it = "Of it for" if taken else "Paid for"
    before = [
        _Step(name="Paid before clawbacks", start=0, end=-paid - taken, tone="faint"),
        _Step(name="Taken back", start=-paid - taken, end=-paid, tone="treated"),
    ]
    steps = [
        *(before if taken else []),
        _Step(
            name=f"{of_it} what would have come anyway",
            start=0,
            end=-anyway,
            tone="compared",
        ),
        _Step(name=f"{of_it} what was added", start=-anyway, end=-paid, tone="faint"),
        _Step(name="Cost of running it", start=-paid, end=-cost, tone="faint"),
    ]
    return [step for step in steps if step.start != step.end]


def _gain_steps(answer: Answer) -> list[_Step]:
    value, cost = answer.value_added, float(answer.cost_minor)
    if value is None:
        return []
    left = net_result(value, answer.cost_minor)
    parts = _margin_parts(answer, value) or [("Margin that was added", value)]
    steps, start = [], -cost
    for name, one in parts:
        end = start + one.value
        steps.append(_Step(name=name, start=start, end=end, tone="treated", one=one))
        start = end
    net = _Step(name="Net result", start=0.0, end=left.value, tone="treated", one=left)
    return [*steps, net]


def _margin_parts(answer: Answer, value: Estimate) -> list[tuple[str, Estimate]]:
    """Return the margin of own products and of substitutes, where the two add up to all."""
    by_name = {one.name: one for one in answer.mix}
    own, other = by_name.get("margin"), by_name.get("margin of substitutes")
    if own is None or other is None or answer.treated_weeks is None:
        return []
    parts = [
        ("Margin of its own products", times_weeks(own, answer.treated_weeks)),
        ("Margin of substitutes", times_weeks(other, answer.treated_weeks)),
    ]
    in_all = sum(one.value for _, one in parts)
    return parts if math.isclose(in_all, value.value, rel_tol=1e-6, abs_tol=1.0) else []


def dead_weight_chart(answer: Answer) -> Chart | None:
    """Return the units paid for beside those added; None when it cannot be told."""
    added = answer.total_incremental
    if added is None or answer.paid_units <= 0:
        return None
    paid = float(answer.paid_units)
    anyway = paid - added.value
    interval = number_range(added, digits=0).removeprefix("95% interval ")
    rows = [
        Row(name="Paid for", numbers=f"{paid:,.0f}", tone="faint", bar=(0.0, paid)),
        Row(
            name="Would have come anyway",
            numbers=f"{anyway:,.0f}",
            tone="compared",
            bar=(added.value, paid),
        ),
        Row(
            name="Added by the program",
            numbers=f"{added.value:,.0f} ({interval})",
            bar=(0.0, added.value),
            one=added,
        ),
    ]
    words = (
        f"{paid:,.0f} units were paid for. About {anyway:,.0f} of them would have come"
        f" anyway; {added.value:,.0f} were added."
    )
    if anyway < 0:
        words = (
            f"{paid:,.0f} units were paid for, and about {added.value:,.0f} were added:"
            " more than was paid for, so none of it was dead weight."
        )
        del rows[1]
    return make_chart(
        lambda width: draw_rows(rows, width, axis="units"),
        name="dead-weight",
        title="What was paid for, and what was added",
        alternative=words,
        header=("part", "from", "to", "low", "high"),
        rows=[
            (
                row.name,
                *(row.bar or ()),
                None if row.one is None else row.one.low,
                None if row.one is None else row.one.high,
            )
            for row in rows
        ],
    )
