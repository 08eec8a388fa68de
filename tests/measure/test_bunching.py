"""Are events that were moved to a deadline found, and nothing else?"""

from __future__ import annotations

import datetime as dt

import attrs
import numpy as np
import pytest
from measure_bunching_worlds import (
    DAY,
    DAYS,
    DEADLINE,
    EVEN,
    FIRST,
    SHAPE,
    Moves,
    after,
    holds,
    make_events,
    only_treated,
    truth,
)

from openspiff.measure import MeasureError
from openspiff.measure._bunching import Bunching, DatedEvents, Deadline, bunching


def refused(events: DatedEvents, deadline: Deadline = DEADLINE) -> MeasureError:
    with pytest.raises(MeasureError) as error:
        bunching(events, deadline)
    assert error.value.problems
    assert all(problem.remedy for problem in error.value.problems)
    return error.value


def coverage(worlds: int, **world: float) -> dict[str, float]:
    moves = Moves()
    held: dict[str, list[bool]] = {}
    for seed in range(worlds):
        events = make_events(seed, moves=moves, **world)
        found = bunching(events, DEADLINE)
        parts = {
            "announcement": (found.announcement, 133, 140),
            "early": (found.early, 140, 175),
            "at_deadline": (found.at_deadline, 175, 182),
            "after": (found.after, 182, 203),
            "net": (found.net, 133, 203),
        }
        for name, (estimate, start, stop) in parts.items():
            value = truth(events, moves.by_day(), start, stop)
            held.setdefault(name, []).append(holds(estimate, value))
        share = moves.by_day()[175:182].sum() / (SHAPE + moves.by_day())[140:182].sum()
        held.setdefault("share", []).append(holds(found.bunched_share, share))
    return {name: float(np.mean(one)) for name, one in held.items()}


def test_intervals_cover_what_was_moved() -> None:
    # Wanted is .95; 120 worlds have a standard error of .02, two and a half of them.
    for name, share in coverage(120).items():
        assert share == pytest.approx(0.95, abs=2.5 * 0.02), name


@pytest.mark.slow
@pytest.mark.parametrize(
    "world",
    [
        {"firm_count": 60},
        {"firm_count": 300, "firm_size": 1, "holdout_share": 0.2},
        {"firm_count": 100, "shock": 0.3},
    ],
)
def test_intervals_cover_what_was_moved_in_many_worlds(world: dict[str, float]) -> None:
    # .935-.965 is wanted; 2,000 worlds have a standard error of .005 on top of it.
    for name, share in coverage(2_000, **world).items():
        assert 0.93 <= share <= 0.97, name


def test_moved_events_are_recovered_without_bias() -> None:
    moves, worlds = Moves(), 40
    found = []
    for seed in range(worlds):
        events = make_events(seed, moves=moves)
        scale = events.is_treated.sum()
        found.append(bunching(events, DEADLINE).at_deadline.value / scale)
    expected = moves.by_day()[175:182].sum()
    # Three standard errors of the mean of these worlds.
    assert np.mean(found) == pytest.approx(expected, abs=3 * np.std(found) / worlds**0.5)
    assert np.mean(found) > 10 * np.std(found) / worlds**0.5


def test_fit_that_does_not_leave_out_the_window_fails() -> None:
    moves, worlds = Moves(early=1.0, after=0.0), 40
    short = attrs.evolve(
        DEADLINE,
        announced_on=after(175),
        starts_on=after(175),
        settled_before=after(182),
    )
    held: dict[str, list[bool]] = {"whole": [], "short": []}
    for seed in range(worlds):
        events = only_treated(
            make_events(seed, moves=moves, firm_count=200, holdout_share=0, shape=EVEN)
        )
        value = truth(events, moves.by_day(EVEN))
        held["whole"].append(holds(bunching(events, DEADLINE).at_deadline, value))
        held["short"].append(holds(bunching(events, short).at_deadline, value))
    # 40 worlds: the standard error of .95 is .035, of .80 it is .063; two of each.
    assert np.mean(held["whole"]) >= 0.95 - 2 * 0.035
    assert np.mean(held["short"]) <= 0.80 + 2 * 0.063


def test_season_at_the_deadline_is_taken_off_with_the_holdout_only() -> None:
    # All payees sell twice as much in the last week of June, program or not.
    events = make_events(1, firm_count=200)
    peak = (events.day >= after(175).toordinal()) & (events.day < after(182).toordinal())
    busy = attrs.evolve(
        events,
        day=np.concatenate([events.day, events.day[peak]]),
        payee=np.concatenate([events.payee, events.payee[peak]]),
    )
    found = bunching(busy, DEADLINE)
    assert found.at_deadline.tier == "A"
    assert not found.at_deadline.excludes_zero
    alone = bunching(only_treated(busy), DEADLINE)
    assert alone.at_deadline.excludes_zero
    assert alone.at_deadline.tier == "E"
    assert [one.code for one in alone.at_deadline.warnings] == ["no_holdout"]


def test_shocks_that_all_share_widen_the_interval_where_nobody_is_held_out() -> None:
    moves, worlds = Moves(deadline=0.2), 60
    held, errors = [], []
    for seed in range(worlds):
        for shock in (0.0, 0.4):
            events = only_treated(
                make_events(
                    seed,
                    moves=moves,
                    firm_count=100,
                    holdout_share=0,
                    shock=shock,
                    shape=EVEN,
                )
            )
            found = bunching(events, DEADLINE).at_deadline
            errors.append(found.standard_error)
        held.append(holds(found, truth(events, moves.by_day(EVEN))))
    # 60 worlds: the standard error of .95 is .028, two and a half of them; busy days have
    # shocks a fifth larger than the days outside show, which costs up to .04.
    assert np.mean(held) >= 0.95 - 2.5 * 0.028 - 0.04
    calm, shaken = np.mean(errors[::2]), np.mean(errors[1::2])
    assert shaken > 1.3 * calm


def brute(events: DatedEvents, start: int, stop: int) -> tuple[float, float]:
    """Return the excess and its error from a firm by day table, one firm at a time."""
    firm = np.asarray(events.clusters)
    firms = np.unique(firm)
    table = np.zeros((firms.size, DAYS))
    np.add.at(
        table,
        (np.searchsorted(firms, firm[events.payee]), events.day - FIRST.toordinal()),
        1,
    )
    size = np.array([(firm == one).sum() for one in firms])
    treated = np.array([events.is_treated[firm == one][0] for one in firms])
    # The regressors again, from the calendar of the standard library.
    days = [after(number) for number in range(DAYS)]
    ends = [(day + dt.timedelta(days=1)).day == 1 for day in days]
    quarter = [end and day.month % 3 == 0 for end, day in zip(ends, days, strict=True)]
    columns = np.column_stack(
        [
            np.vander(DAY / DAYS, 4),
            [[day.weekday() == one for one in range(6)] for day in days],
            ends,
            quarter,
        ]
    ).astype(float)
    outside = (DAY < 133) | (DAY >= 203)
    slope = np.linalg.lstsq(columns[outside], table[:, outside].T, rcond=None)[0]
    score = (table - (columns @ slope).T)[:, start:stop].sum(axis=1)
    value, square = 0.0, 0.0
    for side in (treated, ~treated):
        scale = size[treated].sum() / size[side].sum()
        mean = score[side].sum() / size[side].sum()
        rest = scale * (score[side] - size[side] * mean)
        square += (rest**2).sum() * side.sum() / (side.sum() - 1)
        value += (1 if side is treated else -1) * scale * score[side].sum()
    return value, square**0.5


@pytest.mark.parametrize(("start", "stop"), [(175, 182), (133, 203)])
def test_excess_and_error_are_those_of_one_fit_a_firm(start: int, stop: int) -> None:
    events = make_events(3, moves=Moves(), firm_count=20, firm_size=5)
    found = bunching(events, DEADLINE)
    one = found.at_deadline if start == 175 else found.net
    # Two ways of the same sums over some thousand events: far below a millionth.
    assert (one.value, one.standard_error) == pytest.approx(
        brute(events, start, stop), rel=1e-7
    )


def test_path_adds_up_to_the_parts() -> None:
    events = make_events(4, moves=Moves())
    found = bunching(events, DEADLINE)
    path = found.path
    assert path.day[0] == after(133).toordinal()
    assert path.day[-1] == after(202).toordinal()
    np.testing.assert_allclose(path.observed - path.expected, path.excess, atol=1e-9)
    assert path.excess[42:49].sum() == pytest.approx(found.at_deadline.value, rel=1e-9)
    assert path.cumulated[-1] == pytest.approx(found.net.value, rel=1e-9)
    assert path.cumulated_low[-1] == pytest.approx(found.net.low, rel=1e-9)
    assert path.cumulated_high[-1] == pytest.approx(found.net.high, rel=1e-9)
    parts = (found.announcement, found.early, found.at_deadline, found.after)
    total = sum(one.value for one in parts if one is not None)
    assert total == pytest.approx(found.net.value, rel=1e-9)
    window = path.observed[7:49].sum()
    assert found.bunched_share.value == pytest.approx(
        found.at_deadline.value / window, rel=1e-9
    )


def shuffled(events: DatedEvents, seed: int) -> DatedEvents:
    """Return the same world with rows, payees and names of firms in another order."""
    generator = np.random.default_rng(seed)
    rows = generator.permutation(events.day.size)
    payees = generator.permutation(events.is_treated.size)
    place = np.argsort(payees)
    firm = np.asarray(events.clusters)
    names = np.array([f"firm {one}" for one in generator.permutation(firm.max() + 1)])
    return DatedEvents(
        day=events.day[rows],
        payee=place[events.payee[rows]],
        is_treated=events.is_treated[payees],
        clusters=names[firm[payees]],
    )


def same(found: Bunching, other: Bunching) -> None:
    for name in ("at_deadline", "early", "after", "announcement", "net", "bunched_share"):
        one, two = getattr(found, name), getattr(other, name)
        ends = [(e.value, e.standard_error, e.low, e.high) for e in (one, two)]
        assert ends[0] == pytest.approx(ends[1], rel=1e-9)


def test_order_of_rows_and_names_are_irrelevant_and_input_is_left_as_it_was() -> None:
    events, untouched = make_events(5), make_events(5)
    same(bunching(events, DEADLINE), bunching(shuffled(events, 1), DEADLINE))
    for name in ("day", "payee", "is_treated", "clusters"):
        np.testing.assert_array_equal(getattr(events, name), getattr(untouched, name))


def test_events_outside_of_what_is_known_are_not_counted() -> None:
    events = make_events(6)
    more = attrs.evolve(
        events,
        day=np.concatenate([events.day, [after(-5).toordinal(), after(300).toordinal()]]),
        payee=np.concatenate([events.payee, [0, 0]]),
    )
    same(bunching(events, DEADLINE), bunching(more, DEADLINE))


def test_part_without_days_is_none() -> None:
    bare = attrs.evolve(
        DEADLINE,
        announced_on=after(175),
        starts_on=after(175),
        settled_before=after(182),
    )
    found = bunching(make_events(7), bare)
    assert (found.announcement, found.early, found.after) == (None, None, None)
    assert found.net.value == pytest.approx(found.at_deadline.value, rel=1e-12)


def test_window_in_the_future_is_refused() -> None:
    soon = attrs.evolve(DEADLINE, observed_before=after(170))
    assert "not passed" in refused(make_events(8), soon).message


def test_horizon_that_is_not_in_is_a_caution() -> None:
    early = attrs.evolve(DEADLINE, observed_before=after(190))
    found = bunching(make_events(9), early)
    codes = {one.code for one in found.net.warnings}
    assert codes == {"horizon_not_in", "carried_on"}
    assert found.path.day.size == 190 - 133


def test_no_days_outside_are_refused() -> None:
    short = attrs.evolve(DEADLINE, observed_on=after(120), observed_before=after(205))
    assert refused(make_events(10), short).problems[0].place == "days outside the program"


def test_end_of_quarter_that_lies_inside_only_is_a_caution_without_a_holdout() -> None:
    events = make_events(11, holdout_share=0.0)
    quarter = attrs.evolve(DEADLINE, observed_on=after(100), observed_before=after(260))
    codes = {one.code for one in bunching(events, quarter).net.warnings}
    assert codes == {"no_holdout", "month_end"}


def test_nobody_had_an_event_is_refused() -> None:
    events = make_events(12)
    empty = attrs.evolve(events, day=events.day[:0], payee=events.payee[:0])
    assert "no events" in refused(empty).message


@pytest.mark.parametrize("holdout_share", [0.0, 0.5])
def test_one_firm_on_a_side_is_refused(holdout_share: float) -> None:
    events = make_events(
        13, firm_count=2 if holdout_share else 1, holdout_share=holdout_share
    )
    assert refused(events)


def test_days_out_of_order_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="out of order"):
        attrs.evolve(DEADLINE, starts_on=after(190))
