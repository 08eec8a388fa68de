"""Do the mappings we ship read what they are for, to the cent?"""

from __future__ import annotations

import csv
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from event_files import IMPORTED_AT, current, staged

from openspiff.events import (
    Feed,
    feed_of,
    load_mapping,
    parse_mapping,
    payees_of,
    read_events,
    write_batch,
)

ROOT = Path(__file__).resolve().parents[2]
MAVEN = ROOT.parent / "shared" / "data" / "b2b" / "maven_crm"
MAPPINGS = ROOT / "examples" / "mappings"
needs_maven = pytest.mark.skipif(
    not MAVEN.is_dir(), reason="the Maven CRM files are not beside this checkout"
)


def rows_of(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@needs_maven
def test_maven_crm_is_read_whole(tmp_path: Path) -> None:
    mapping = load_mapping(MAPPINGS / "maven_crm.toml")
    result = read_events(MAVEN, mapping, recorded_at=IMPORTED_AT)
    assert (result.row_count, result.event_count, result.rejected_count) == (
        8_800,
        8_800,
        0,
    )
    assert result.unmapped_products == ()
    batch = write_batch(result, feed=Feed(events=()), folder=tmp_path, batch_no=1)
    feed = feed_of([batch])
    found = current(
        feed, "event_id, status, amount_minor, customer_id, product_id, firm_id"
    )

    pipeline = rows_of(MAVEN / "sales_pipeline.csv")
    managers = {
        one["sales_agent"]: one["manager"] for one in rows_of(MAVEN / "sales_teams.csv")
    }
    stages = {"Won": "done", "Lost": "lost", "Engaging": "open", "Prospecting": "open"}
    expected = [
        (
            one["opportunity_id"],
            stages[one["deal_stage"]],
            int(Decimal(one["close_value"] or 0) * 100),
            one["account"],
            one["product"].replace("GTXPro", "GTX Pro"),
            managers[one["sales_agent"]],
        )
        for one in pipeline
    ]
    assert found == sorted(expected)
    counts = Counter(row[1] for row in found)
    assert counts == {"done": 4_238, "lost": 2_473, "open": 2_089}
    assert sum(row[2] for row in found if row[1] == "done") == 1_000_553_400
    assert sum(row[3] == "" for row in found) == 1_425

    again = read_events(MAVEN, mapping, recorded_at=IMPORTED_AT + 1)
    known = write_batch(again, feed=feed, folder=tmp_path, batch_no=2)
    assert str(known) == "0 new, 0 changed, 8,800 known"
    assert len(payees_of(feed)) == 35
    assert {row[5] for row in payees_of(feed)} == {"Central", "East", "West"}


@needs_maven
def test_maven_dates_are_days_of_new_york_and_prospects_have_none() -> None:
    mapping = load_mapping(MAPPINGS / "maven_crm.toml")
    result = read_events(MAVEN, mapping, recorded_at=IMPORTED_AT)
    moments = dict(staged(result, "event_id, occurred_at"))
    pipeline = {one["opportunity_id"]: one for one in rows_of(MAVEN / "sales_pipeline.csv")}
    unknown = {name for name, moment in moments.items() if moment is None}
    assert unknown == {
        k for k, one in pipeline.items() if one["deal_stage"] == "Prospecting"
    }
    # Closed on 2017-03-01, which begins at 05:00 UTC in New York.
    assert pipeline["1C1I7A6R"]["close_date"] == "2017-03-01"
    assert moments["1C1I7A6R"] == 1_488_344_400_000_000


@needs_maven
def test_maven_without_the_alias_names_the_product_its_count_and_the_closest() -> None:
    text = (MAPPINGS / "maven_crm.toml").read_text(encoding="utf-8")
    mapping = parse_mapping(text.replace('"GTXPro" = "GTX Pro"', ""))
    result = read_events(MAVEN, mapping, recorded_at=IMPORTED_AT)
    found = [(one.name, one.row_count, one.closest) for one in result.unmapped_products]
    assert found == [("GTXPro", 1_480, "GTX Pro")]
    assert result.event_count == 8_800


def half_up(amount: Decimal) -> int:
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


def number(text: str) -> Decimal:
    return Decimal(text.removesuffix(" €").replace(".", "").replace(",", "."))


def test_order_lines_of_another_shape_are_read_by_a_mapping_alone(tmp_path: Path) -> None:
    mapping = load_mapping(MAPPINGS / "order_lines.toml")
    result = read_events(ROOT / "examples" / "events", mapping, recorded_at=IMPORTED_AT)
    assert result.rejects == ()
    batch = write_batch(result, feed=Feed(events=()), folder=tmp_path, batch_no=1)
    columns = "event_id, payee_id, share_ppm, amount_minor, quantity, product_id, status"
    found = current(feed_of([batch]), columns)

    words = {
        "geliefert": "done",
        "offen": "open",
        "storniert": "lost",
    }  # never told as done
    expected = []
    for one in rows_of(ROOT / "examples" / "events" / "order_lines.csv", ";"):
        discount = 1 - number(one["Rabatt %"]) / 100
        amount = half_up(number(one["Einzelpreis"]) * int(one["Menge"]) * discount)
        payees = [part.partition(":") for part in one["Verkauf"].split("+")]
        for name, _, share in payees:
            ppm = int(number(share) * 10_000) if share else 1_000_000 // len(payees)
            expected.append(
                (
                    f"{one['Auftrag']}/{one['Pos']}",
                    name,
                    ppm,
                    amount,
                    int(one["Menge"]),
                    one["Artikel"].replace("Filter-Satz", "Filtersatz"),
                    words[one["Status"]],
                )
            )
    assert found == sorted(expected)
    assert result.event_count == 40
    assert len(found) == 51
    spans = [row for row in payees_of(feed_of([batch])) if row[0] == "V-031"]
    assert [row[2] for row in spans] == ["Nordlicht", "Seewind"]
    assert spans[0][-1] == spans[1][-2]
