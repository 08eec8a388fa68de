"""Do programs that were measured one by one become a library that can be compared?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import attrs
import pytest
from measure_worlds import ZONE, at, daily_sales, make_program

from openspiff.measure import (
    SPREAD_OF_SHARES,
    Answer,
    Caution,
    MeasuredProgram,
    PathPoint,
    library_of,
    measure_worth,
    portfolio,
)
from openspiff.program import (
    Audience,
    Basis,
    Behavior,
    BehaviorKind,
    CountTiers,
    Flat,
    MeasurementPlan,
    Percent,
    Prize,
    Products,
    Program,
    Tickets,
    Tier,
    Window,
)

AS_OF = at(2024, 9, 10)
LIFT = 0.06  # units a day and treated payee, on about 0.3


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    feed, enrolment, sold = daily_sales(tmp_path_factory.mktemp("library"), lift=LIFT)
    return measure_worth(
        make_program(),
        feed=feed,
        enrolment=enrolment,
        paid_minor=sold * 10_000,
        paid_units=sold,
        as_of=AS_OF,
        seed=1,
    )


def days(start: dt.date, count: int) -> Window:
    return Window(zone=ZONE, starts_on=start, ends_before=start + dt.timedelta(days=count))


def only(answer: Answer, *programs: Program) -> MeasuredProgram:
    library = library_of([answer], programs)
    (found,) = library.programs
    return found


def test_effect_is_the_headline_over_the_weekly_baseline(measured: Answer) -> None:
    base = [p.treated_mean for p in measured.path if p.phase == "baseline"]
    assert len(base) == 8
    mean = sum(one or 0.0 for one in base) / 8
    found, headline = only(measured, make_program()).effect, measured.headline
    assert headline is not None
    assert found.unit == "share of the baseline"
    for field in ("value", "standard_error", "low", "high"):
        # Products of doubles.
        assert getattr(found, field) * mean == pytest.approx(
            getattr(headline, field), rel=1e-12
        )
    assert (found.tier, found.p_value) == (headline.tier, headline.p_value)
    assert "share_of_baseline" in {one.code for one in found.warnings}
    # The truth is a fifth of the baseline; the interval holds it for this seed.
    assert (found.low or 0.0) < LIFT / 0.3 < (found.high or 0.0)


def test_day_count_weighs_the_baseline(measured: Answer) -> None:
    path = [
        PathPoint(
            week_start_on=dt.date(2024, 6, 3),
            day_count=day_count,
            phase="baseline",
            in_window=False,
            treated_mean=mean,
            holdout_mean=None,
            ineligible_mean=None,
            difference=None,
            low=None,
            high=None,
        )
        for day_count, mean in ((7, 1.0), (3, 2.0))
    ]
    short = attrs.evolve(measured, path=tuple(path))
    assert measured.headline is not None
    assert only(short, make_program()).effect.value == pytest.approx(
        measured.headline.value / 1.3
    )


def test_program_is_described_by_its_terms(measured: Answer) -> None:
    program = make_program(
        audience=Audience(segments=("smb", "mid"), firm_ids=("d", "c", "b", "a")),
        measurement=MeasurementPlan(unit_margin_minor=40_000),
    )
    found = only(measured, program)
    assert found.name == "Summer"
    assert (found.behavior_kind, found.payout_kind) == ("deal won", "flat")
    assert found.audience == "segments mid, smb; firms a, b, c, 1 more"
    assert (found.year, found.window_day_count) == (2024, 35)
    assert found.payout_share == pytest.approx(0.25)  # 100.00 paid on a margin of 400.00


@pytest.mark.parametrize(
    ("payout", "kind", "share"),
    [
        (Flat(amount_minor=5_000), "flat", None),
        (Percent(rate_ppm=50_000), "percent of amount", None),
        (Percent(rate_ppm=50_000, basis=Basis.MARGIN), "percent of margin", 0.05),
        (CountTiers(tiers=(Tier(from_count=1, amount_minor=100),)), "tiers", None),
        (Tickets(prizes=(Prize(amount_minor=100),)), "tickets", None),
    ],
)
def test_payout_size_is_none_unless_terms_or_plan_say_the_margin(
    measured: Answer, payout: Any, kind: str, share: float | None
) -> None:
    found = only(measured, make_program(payout=payout))
    assert (found.payout_kind, found.payout_share) == (kind, share)


def test_weeks_since_previous_count_only_the_same_audience_and_behavior(
    measured: Answer,
) -> None:
    def before(name: str, start: dt.date, **changes: Any) -> Program:
        return make_program(program_id=name, window=days(start, 28), **changes)

    ours = make_program()
    assert only(measured, ours).weeks_since_previous is None
    early, late = before("a", dt.date(2024, 1, 1)), before("b", dt.date(2024, 4, 29))
    others = [
        before("c", dt.date(2024, 6, 1), audience=Audience(roles=("owner",))),
        before("d", dt.date(2024, 6, 1), behavior=Behavior(kind=BehaviorKind.DEMO_HELD)),
        before("e", dt.date(2024, 8, 1)),
    ]
    # From 27 May to 1 July; the later program is not before ours.
    assert only(measured, early, ours, late, *others).weeks_since_previous == 5.0
    overlapping = before("f", dt.date(2024, 6, 20))
    assert only(measured, ours, overlapping).weeks_since_previous == 0.0


def test_program_for_other_products_is_none_that_payees_wait_for(
    measured: Answer,
) -> None:
    def paying(name: str, start: dt.date, *products: str) -> Program:
        return make_program(
            program_id=name,
            window=days(start, 28),
            behavior=Behavior(
                kind=BehaviorKind.DEAL_WON, products=Products(include=products)
            ),
        )

    ours = paying("summer", dt.date(2024, 7, 1), "voice", "desk")
    other = paying("a", dt.date(2024, 5, 6), "fiber")
    assert only(measured, ours, other).weeks_since_previous is None
    shared = paying("b", dt.date(2024, 4, 29), "desk")
    assert only(measured, ours, other, shared).weeks_since_previous == 5.0


def test_year_is_that_of_the_middle_of_the_window(measured: Answer) -> None:
    quarter = make_program(window=days(dt.date(2025, 12, 29), 91))
    assert only(measured, quarter).year == 2026


def test_newest_version_tells_when_the_previous_program_ended(measured: Answer) -> None:
    first = make_program(program_id="a", window=days(dt.date(2024, 4, 29), 28))
    longer = attrs.evolve(
        first,
        version=2,
        window=days(dt.date(2024, 4, 29), 56),
        takes_recorded_from=dt.date(2024, 5, 1),
    )
    found = only(measured, make_program(), longer, first)
    assert found.weeks_since_previous == 1.0


def test_hold_back_is_a_share_of_what_the_window_sold(measured: Answer) -> None:
    assert only(measured, make_program()).hold_back_share is None
    assert measured.headline is not None
    held = attrs.evolve(measured.headline, name="hold-back", value=-0.5)
    waited = attrs.evolve(measured, timing=(held,))
    window = [p.treated_mean or 0.0 for p in measured.path if p.phase == "window"]
    assert only(waited, make_program()).hold_back_share == pytest.approx(
        0.5 * len(window) / sum(window)
    )


def test_hold_back_is_told_on_the_base_of_the_report_too(measured: Answer) -> None:
    assert only(measured, make_program()).hold_back_of_gross is None
    assert measured.headline is not None
    share = attrs.evolve(
        measured.headline, name="hold-back share", value=-0.08, unit="share of the effect"
    )
    waited = attrs.evolve(measured, timing=(share,))
    assert only(waited, make_program()).hold_back_of_gross == -0.08


def changed(answer: Answer, case: str) -> Answer:
    one = answer.headline
    assert one is not None
    changes: dict[str, dict[str, Any]] = {
        "nothing above before and after": {"headline": None},
        "before and after": {"headline": attrs.evolve(one, tier="E")},
        "no end": {"headline": attrs.evolve(one, low=None, shape="until")},
        "no error": {"headline": attrs.evolve(one, standard_error=None)},
        "no baseline above zero": {"path": ()},
        "was not over": {"warnings": (Caution("window_open", "It goes on."),)},
        "not on record": {"version": 3},
    }
    return attrs.evolve(answer, **changes[case])


@pytest.mark.parametrize(
    "case",
    [
        "nothing above before and after",
        "before and after",
        "no end",
        "no error",
        "no baseline above zero",
        "was not over",
        "not on record",
    ],
)
def test_what_cannot_be_compared_is_left_out_with_the_reason(
    measured: Answer, case: str
) -> None:
    library = library_of([changed(measured, case)], [make_program()])
    assert library.programs == ()
    ((program_id, said),) = library.left_out
    assert program_id == "summer"
    assert case in said


def test_dull_program_is_kept_and_an_unmeasured_one_is_named(measured: Answer) -> None:
    assert measured.headline is not None
    dull = attrs.evolve(measured.headline, value=0.0, low=-1.0, high=1.0)
    answer = attrs.evolve(measured, headline=dull)
    library = library_of([answer], [make_program(), make_program(program_id="autumn")])
    assert [one.effect.value for one in library.programs] == [0.0]
    assert library.left_out == (("autumn", "not measured"),)


def test_gross_effect_says_that_it_is(measured: Answer) -> None:
    assert measured.headline is not None
    assert measured.headline.name == "net"
    net = only(measured, make_program()).effect
    assert "gross" not in {one.code for one in net.warnings}
    gross = attrs.evolve(measured, headline=attrs.evolve(measured.headline, name="gross"))
    found = only(gross, make_program()).effect
    assert "gross" in {one.code for one in found.warnings}


def test_library_can_be_taken_together_whatever_the_order(measured: Answer) -> None:
    names = ("c", "a", "b")
    answers = [attrs.evolve(measured, program_id=name) for name in names]
    programs = [make_program(program_id=name) for name in names]
    library = library_of(answers, programs)
    assert library == library_of(answers[::-1], programs[::-1])
    found = portfolio(library.programs, spread_scale=SPREAD_OF_SHARES)
    assert [one.program_id for one in found.effects] == ["a", "b", "c"]
    # Three times the same effect: none is drawn away from the others.
    for one in found.effects:
        assert one.shrunk.value == pytest.approx(one.raw.value, rel=1e-9)
