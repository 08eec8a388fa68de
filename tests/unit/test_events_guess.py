"""What is guessed of files that nobody has described?"""

from __future__ import annotations

from pathlib import Path

import pytest

from openspiff.events import (
    guess_columns,
    is_plain,
    load_mapping,
    look_at,
    mapping_text,
    parse_mapping,
    read_events,
    with_names,
)

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = [
    "event_id",
    "payee",
    "occurred_at",
    "amount",
    "status",
    "product_id",
    "customer_id",
    "firm_id",
]


def guessed(path: Path, content: str, *, encoding: str = "utf-8") -> dict[str, str]:
    path.write_bytes(content.encode(encoding))
    return dict(guess_columns(look_at(path), makes="events").columns)


@pytest.mark.parametrize(
    "header",
    [
        "Opportunity ID,Owner Name,Close Date,Amount,Stage,Product,Account Name,Partner",
        "order_id;sales_rep;order_date;total;status;sku;customer;reseller",
        "Auftragsnummer;Verkäufer;Datum;Umsatz;Status;Artikel;Kunde;Händler",
        "pedido|vendedor|fecha|importe|estado|producto|cliente|socio",
    ],
)
def test_columns_are_known_in_several_spellings(tmp_path: Path, header: str) -> None:
    mark = next(one for one in ";|," if one in header)
    cells = [f"A-{one}|ann|2026-03-0{one}|1234.50|Won|X|C{one}|north" for one in (1, 2, 3)]
    text = "\n".join([header, *(cell.replace("|", mark) for cell in cells)])
    found = guessed(tmp_path / "a.csv", text)
    assert found == dict(zip(COLUMNS, header.split(mark), strict=True))


def test_cells_speak_against_a_name(tmp_path: Path) -> None:
    text = "id,date,rep,amount\n1,soon,ann,much\n2,later,bob,little\n"
    assert guessed(tmp_path / "a.csv", text) == {"event_id": "id", "payee": "rep"}


def test_one_bad_cell_does_not_spoil_the_guess(tmp_path: Path) -> None:
    rows = "".join(f'{one},0{one}/13/2026,ann,"$1,0{one}0.00"\n' for one in range(1, 9))
    path = tmp_path / "a.csv"
    path.write_text("id,date,rep,amount\n" + rows + "9,x,ann,free\n", encoding="utf-8")
    guess = guess_columns(look_at(path), makes="events")
    assert guess.date_formats[0] == "%m/%d/%Y"
    assert "%d/%m/%Y" not in guess.date_formats
    assert guess.money_ways[0] == (".", ",")
    assert (guess.signs, guess.currency) == (("$",), "USD")


def test_ambiguous_days_are_offered_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,date\n1,03/04/2026\n2,05/06/2026\n", encoding="utf-8")
    formats = guess_columns(look_at(path), makes="events").date_formats
    assert {"%m/%d/%Y", "%d/%m/%Y"} <= set(formats)


def test_utf_16_and_a_mark_are_seen(tmp_path: Path) -> None:
    text = "id\tdate\trep\n1\t2026-03-01\tZoë\n"
    for encoding, seen in (("utf-16", "utf-16"), ("utf-8-sig", "utf-8-sig")):
        path = tmp_path / "a.csv"
        path.write_bytes(text.encode(encoding))
        look = look_at(path)
        assert (look.rule.encoding, look.rule.delimiter) == (seen, "\t")
        assert look.rows == (("1", "2026-03-01", "Zoë"),)


def test_names_join_a_mapping_without_changing_the_rest() -> None:
    text = (ROOT / "examples/mappings/order_lines.toml").read_text(encoding="utf-8")
    more = with_names(
        text,
        kind="payee",
        aliases={"V 14": "V-014"},
        refused=["V-000"],
    )
    assert more.startswith(text[:400])
    mapping = parse_mapping(more)
    assert mapping.payee_names.aliases == {"V 14": "V-014"}
    assert mapping.payee_names.refused == ("V-000",)
    assert not is_plain(more)


def test_product_alias_lists_its_product_too() -> None:
    text = with_names('source = "x"\n', kind="product", aliases={"GTXPro": "GTX Pro"})
    assert 'ids = ["GTX Pro"]' in text
    assert mapping_text({"a": "", "b": {"c": []}, "d": 1}) == "d = 1\n"


def test_export_of_a_real_crm_is_guessed_as_a_person_mapped_it(shared_data: Path) -> None:
    folder = shared_data / "b2b" / "maven_crm"
    look = look_at(folder / "sales_pipeline.csv")
    guess = guess_columns(look, makes="events")
    by_hand = load_mapping(ROOT / "examples/mappings/maven_crm.toml")
    assert by_hand.status is not None
    for field in ("event_id", "customer_id", "product_id", "amount"):
        assert (guess.columns[field],) == by_hand.columns[field]
    assert (guess.columns["payee"],) == by_hand.shares.payees
    assert (guess.columns["status"],) == by_hand.status.columns
    words = {word.casefold(): meant for word, meant in guess.statuses.items()}
    assert words == by_hand.status.words
    text = mapping_text(
        {
            "source": "maven",
            "zone": "America/New_York",
            "files": {"file": {"path": "*", "format": "csv"}},
            "columns": {
                "event_id": guess.columns["event_id"],
                "occurred_at": guess.columns["occurred_at"],
                "product_id": guess.columns["product_id"],
                "amount": guess.columns["amount"],
            },
            "constants": {"kind": "deal_won", "currency": "USD"},
            "status": {
                "column": guess.columns["status"],
                **{
                    meant: [word for word, one in guess.statuses.items() if one == meant]
                    for meant in set(guess.statuses.values())
                },
            },
            "shares": {"payee": guess.columns["payee"]},
        }
    )
    result = read_events(
        folder / "sales_pipeline.csv",
        parse_mapping(text),
        recorded_at=1_800_000_000_000_000,
    )
    assert (result.row_count, result.rejected_count) == (8_800, 0)
