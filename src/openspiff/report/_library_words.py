"""What do finished programs teach together, in sentences before numbers?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from openspiff.measure import Estimate, Library, Portfolio

from ._sections import Section, Table
from ._words import TIERS, chance_words, plain_sentence

_PER: Final = "share of the baseline "
_ONE_AT_A_TIME: Final = (
    "In shares of the baseline, one attribute at a time. No program was assigned to be so:"
    " what goes with one attribute may come from another, and one such interval in twenty"
    " misses by chance."
)


def names_of(library: Library) -> dict[str, str]:
    """Return the name of each program by its id; names given twice say the id too."""
    counts = Counter(one.name for one in library.programs)
    return {
        one.program_id: one.name
        if counts[one.name] == 1
        else f"{one.name} ({one.program_id})"
        for one in library.programs
    }


def say_short(one: Estimate) -> str:
    """Return a share with its 95% interval, as signed percentages."""
    return f"{one.value:+,.1%} ({_ends(one)})"


def library_sentences(found: Portfolio) -> tuple[str, ...]:
    """Return the finding: the mean, the spread, the next program, and how little it is."""
    mean, spread, after = found.mean, found.spread, found.next_program
    chance = chance_words(found.next_above_zero_share)
    said = (
        f"{len(found.effects)} programs, taken together: on average the effect is"
        f" {mean.value:+,.1%} of the baseline ({_interval(mean)})."
    )
    expected = (
        f"Of the next one like these expect {after.value:+,.1%} ({_interval(after)}), with"
        f" {chance} that it adds anything."
    )
    apart = (
        f"Between programs the true effect differs by about {spread.value:.1%} (standard"
        f" deviation; 95% interval {spread.low or 0.0:.1%} to {spread.high or 0.0:.1%})."
    )
    return (said, expected, apart, *(caution.sentence for caution in found.warnings))


def library_sections(found: Portfolio, library: Library) -> tuple[Section, ...]:
    """Return what follows the picture: luck, attributes, waiting, what each was, origin."""
    sections = (
        _luck(found, library),
        *_attributes(found),
        _waiting(found),
        _programs(library),
        Section(
            heading="Left out",
            items=tuple(plain_sentence(f"{name}: {why}") for name, why in library.left_out),
        ),
        _how(found, library),
    )
    return tuple(one for one in sections if one.sentences or one.items or one.tables)


def effects_table(found: Portfolio, library: Library) -> Table:
    """Return each program as measured beside what it is among the others."""
    names = names_of(library)
    return Table(
        caption="Each program, as measured and among the others",
        header=("program", "tier", "as measured", "among the others", "pulled"),
        rows=tuple(
            (
                names[one.program_id],
                one.raw.tier,
                say_short(one.raw),
                say_short(one.shrunk),
                f"{one.pull_share:.0%}",
            )
            for one in found.effects
        ),
    )


def _ends(one: Estimate) -> str:
    low = "no lower end" if one.low is None else f"{one.low:+,.1%}"
    return f"{low} to {'no upper end' if one.high is None else f'{one.high:+,.1%}'}"


def _interval(one: Estimate) -> str:
    return f"95% interval {_ends(one)}"


def _luck(found: Portfolio, library: Library) -> Section:
    curse = found.winners_curse
    best = (
        f"{names_of(library)[curse.program_id]} looks best. It measured"
        f" {say_short(curse.raw)}; among the others it is {say_short(curse.shrunk)}."
    )
    luck = (
        f"The largest of {len(found.effects)} such numbers is too large by"
        f" {curse.expected_excess:.1%} of the baseline on average, because luck helped to"
        " make it the largest. Plan with the number among the others."
    )
    return Section(heading="How much of the best one is luck", sentences=(best, luck))


def _attributes(found: Portfolio) -> list[Section]:
    """Return what went with larger or smaller effects, and what did not, one at a time."""
    told = [one for one in found.attributes if one.excludes_zero]
    others = [one for one in found.attributes if not one.excludes_zero]
    unknown = [
        plain_sentence(f"{what}: cannot be asked; {why}")
        for what, why in found.not_possible
        if what != "waiting index"
    ]
    return [
        Section(
            heading="What went with larger or smaller effects",
            sentences=(
                _ONE_AT_A_TIME if told else "Nothing known of these programs stands out.",
            ),
            items=_items(told),
        ),
        Section(
            heading="What cannot be told apart from nothing",
            sentences=(_ONE_AT_A_TIME,) if others and not told else (),
            items=(*_items(others), *unknown),
        ),
    ]


def _items(attributes: Iterable[Estimate]) -> tuple[str, ...]:
    return tuple(
        f"{one.name}: {one.value:+,.1%} {one.unit.removeprefix(_PER)}"
        f" ({_interval(one)}; rests on {one.cluster_count} programs)"
        for one in attributes
    )


def _waiting(found: Portfolio) -> Section:
    heading, one = "Do payees wait for the next program?", found.waiting
    if one is None:
        why = dict(found.not_possible).get("waiting index", "it was not asked")
        return Section(
            heading=heading, sentences=(plain_sentence(f"That cannot be told: {why}."),)
        )
    said = (
        "With each further week since the program before, the share of the window's sales"
        f" that was held back for it changes by {one.value:+.2%} (95% interval"
        f" {one.low or 0.0:+.2%} to {one.high or 0.0:+.2%}; {one.cluster_count} programs)."
    )
    meaning = "That does not tell whether they wait."
    if one.excludes_zero:
        meaning = (
            "The sooner programs follow each other, the more is held back."
            if one.value < 0
            else "The sooner programs follow each other, the less is held back."
        )
    cautions = (caution.sentence for caution in one.warnings)
    return Section(heading=heading, sentences=(said, meaning, *cautions))


def _programs(library: Library) -> Section:
    table = Table(
        caption="What each program was",
        header=(
            *("program", "id", "year", "behavior", "audience", "days", "payout"),
            *("payout / margin", "weeks since the one before"),
            *("held back, of the gross effect", "held back, of the window's sales"),
        ),
        rows=tuple(
            (
                *(one.name, one.program_id, str(one.year), one.behavior_kind),
                *(one.audience, str(one.window_day_count), one.payout_kind),
                _known(one.payout_share, ".1%"),
                _known(one.weeks_since_previous, ".1f"),
                _known(one.hold_back_of_gross, ".0%"),
                _known(one.hold_back_share, ".1%"),
            )
            for one in library.programs
        ),
    )
    return Section(heading="What each program was", tables=(table,))


def _known(number: float | None, form: str) -> str:
    return "not known" if number is None else format(number, form)


def _how(found: Portfolio, library: Library) -> Section:
    names = names_of(library)
    gross = [
        names[one.program_id]
        for one in library.programs
        if any(caution.code == "gross" for caution in one.effect.warnings)
    ]
    tier = found.mean.tier
    effect = (
        "Each effect is the strongest number of its program, as a share of what the same"
        " payees had in a week of the baseline; that baseline is taken as known, and the"
        " error is scaled with it. Programs that showed nothing are not left out."
    )
    drawn = (
        "Among the others, each effect is drawn to the common mean, the more so the less"
        f" certain it is. Method: {found.mean.method}."
    )
    weakest = f"The weakest evidence among them is tier {tier}: {TIERS[tier]}."
    sentences = [effect, drawn, weakest]
    if gross:
        sentences.append(
            f"Gross, what only moved in time not taken off: {', '.join(gross)}."
        )
    return Section(heading="How it was made", sentences=tuple(sentences))
