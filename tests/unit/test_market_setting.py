"""Which markets can be described, and what is said of those that cannot?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from openspiff.market import (
    MarketError,
    MarketSetting,
    ProductLine,
    ProgramEffect,
    read_market,
    simulate_market,
)

GOOD = """
[market]
starts_on = 2025-01-06
week_count = 30
payee_count = 20
firm_count = 4
season = [1.0, 1.0, 1.5]

[market.roles]
seller = 0.5
engineer = 0.5

[[market.products]]
product_id = "Alpha"
family = "Greek"
price_minor = 10_000
deal_share = 0.25

[[market.products]]
product_id = "Beta"
family = "Greek"
price_minor = 20_000
deal_share = 0.75
term_months = [12]

[effect]
starts_on = 2025-03-31
ends_before = 2025-06-02
lift_ppm = 100_000
products = ["Alpha"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "market.toml"
    path.write_text(text, encoding="utf-8")
    return path


def places_of(folder: Path, text: str) -> list[str]:
    with pytest.raises(MarketError) as caught:
        read_market(written(folder, text))
    return [problem.place for problem in caught.value.problems]


def test_market_file_gives_what_it_says(tmp_path: Path) -> None:
    setting, effect = read_market(written(tmp_path, GOOD))
    assert setting.week_count == 30
    assert setting.season == (1.0, 1.0, 1.5)
    assert setting.roles == {"seller": 0.5, "engineer": 0.5}
    assert [one.product_id for one in setting.products] == ["Alpha", "Beta"]
    assert setting.products[1].term_months == (12,)
    assert effect is not None
    assert effect.products == ("Alpha",)
    assert effect.starts_on == dt.date(2025, 3, 31)


def test_market_file_without_effect_gives_defaults(tmp_path: Path) -> None:
    setting, effect = read_market(written(tmp_path, "[market]\n"))
    assert setting == MarketSetting()
    assert effect is None


def test_every_problem_of_a_market_file_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("week_count = 30", 'week_count = "thirty"')
    text = text.replace("payee_count", "payee_cuont").replace("0.75", "7.5")
    text = text.replace("lift_ppm = 100_000", "lift_ppm = -1").replace(
        "price_minor = 10_000\n", ""
    )
    assert places_of(tmp_path, text + "\n[other]\n") == [
        "other",
        "market.products[1].price_minor",
        "market.products[2].deal_share",
        "market.payee_cuont",
        "market.week_count",
        "effect.lift_ppm",
    ]


def test_misspelled_name_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(MarketError) as caught:
        read_market(written(tmp_path, "[market]\npayee_cuont = 3\n"))
    assert caught.value.problems[0].remedy == "did you mean payee_count?"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("payee_count = 20", "payee_count = 3", "market.payee_count"),
        ("season = [1.0, 1.0, 1.5]", "season = [1.0, 1.0]", "market.season"),
        ("season = [1.0, 1.0, 1.5]", "season = [1.0, 1.0, 0]", "market.season"),
        ("engineer = 0.5", "engineer = 0.6", "market.roles"),
        ("0.75", "0.70", "market.products.deal_share"),
        ('"Beta"', '"Alpha"', "market.products"),
        ("term_months = [12]", "term_months = []", "market.products.term_months"),
        ("week_count = 30", 'zone = "Mars/Olympus"', "market.zone"),
        ("week_count = 30", 'currency = "dollar"', "market.currency"),
        (
            "week_count = 30",
            "joiner_share = 0.6\nleaver_share = 0.6",
            "market.leaver_share",
        ),
        ("week_count = 30", "deals_per_week = nan", "market.deals_per_week"),
        ("week_count = 30", "week_count = true", "market.week_count"),
        ("week_count = 30", "week_count = 12", "effect.ends_before"),
        ('["Alpha"]', '["Gamma"]', "effect.products"),
        (
            "lift_ppm",
            "hold_back_share = 0.1\nhold_back_weeks = 20\nlift_ppm",
            "effect.starts_on",
        ),
        ("lift_ppm", "cannibalized_share = 0.1\nlift_ppm", "effect.substitutes"),
        ("lift_ppm", 'substitutes = ["Alpha"]\nlift_ppm', "effect.substitutes"),
        ("ends_before = 2025-06-02", "ends_before = 2025-03-31", "effect.ends_before"),
        ("[market]", "[market", "market.toml"),
    ],
)
def test_market_that_cannot_be_is_refused_with_its_place(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    assert old in GOOD
    found = places_of(tmp_path, GOOD.replace(old, new, 1))
    assert [one.removeprefix(f"{tmp_path}/") for one in found] == [place]


def test_absent_market_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MarketError) as caught:
        read_market(tmp_path / "none.toml")
    assert "none.toml" in str(caught.value)


def test_settings_made_in_code_are_checked_too() -> None:
    with pytest.raises(MarketError) as caught:
        MarketSetting(week_count=0, firm_count=-1)
    places = [problem.place for problem in caught.value.problems]
    assert places == ["market.week_count", "market.firm_count"]
    with pytest.raises(MarketError, match="margin_ppm"):
        ProductLine(
            product_id="A", family="F", price_minor=1, deal_share=1.0, margin_ppm=2_000_000
        )


def test_effect_that_moves_more_deals_than_there_are_is_refused() -> None:
    setting = MarketSetting(week_count=30, starts_on=dt.date(2025, 1, 6))
    effect = ProgramEffect(
        starts_on=dt.date(2025, 3, 3),
        ends_before=dt.date(2025, 6, 2),
        lift_ppm=500_000,
        pull_forward_share=1.0,
        pull_forward_weeks=2,
    )
    with pytest.raises(MarketError, match="pull_forward_share"):
        simulate_market(setting, seed=1, effect=effect)


def test_unknown_treated_payees_are_all_named() -> None:
    effect = ProgramEffect(
        starts_on=dt.date(2025, 3, 3), ends_before=dt.date(2025, 6, 2), lift_ppm=0
    )
    with pytest.raises(MarketError) as caught:
        simulate_market(
            MarketSetting(), seed=1, effect=effect, treated=["P-0001", "X", "Y"]
        )
    assert len(caught.value.problems) == 2


def test_treated_without_effect_and_negative_seed_are_refused() -> None:
    with pytest.raises(MarketError) as caught:
        simulate_market(MarketSetting(), seed=-1, treated=["P-0001"])
    assert [one.place for one in caught.value.problems] == ["seed", "treated"]
