"""Which books are the pages of finance timed on? A year of runs, payouts and corrections.

Weekly runs book the deals of 100,000 payees under 20 programs; every fourth week what is
owed is paid, but for the last nine weeks. Some deals are shared by two payees, a few are
cancelled before they are paid or after. Written by the engine as transfers, loaded by what
the database offers for bulk.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

from openspiff.engine import DuckDBEngine, quoted
from openspiff.ledger import TRANSFER_COLUMNS

PROGRAMS: Final = 20
PAYEES: Final = 100_000
FIRMS: Final = 500
ZONE: Final = "America/New_York"
DAY: Final = 86_400_000_000
STARTS_AT: Final = 1_767_243_600_000_000  # 1 January 2026 in the zone of the programs
AT: Final = STARTS_AT + 366 * DAY
_WEEKS: Final = 52
_PAID_WEEKS: Final = 43

# One row for each deal and payee of it, with the weeks in which its money moved.
_EARNED: Final = f"""
create table earned as
select
  'program-' || (i % {PROGRAMS}) as program_id, 'D-' || i as event_id,
  'p' || payee as payee_id, 'f' || (payee % {FIRMS}) as firm_id,
  (1000 + i * 7919 % 29989)::bigint as amount_minor, week,
  case when week <= {_PAID_WEEKS} and not is_cancelled then week // 4 * 4 + 4 end
    as paid_in,
  case when is_cancelled then week + 1 when is_returned then week // 4 * 4 + 6 end
    as back_in
from (
  select i, (i * 7919 + part * 50021) % {PAYEES} as payee,
    i * {_WEEKS} // {{events}} as week,
    i % 47 = 1 as is_cancelled, i % 97 = 3 as is_returned
  from range({{events}}) t(i), range(2) s(part) where part = 0 or i % 100 = 0
) q
"""
_MOVES: Final = """
create table moves as
select *, 'accrual' as kind, 1 as number, week as moved_in from earned
union all
select *, 'payout', 2, paid_in from earned where paid_in is not null
union all
select *, case when paid_in is null then 'reversal' else 'clawback' end,
  case when paid_in is null then 2 else 3 end, back_in
from earned where back_in is not null and (paid_in is not null or back_in = week + 1)
"""
_TRANSFERS: Final = f"""
select
  row_number() over (order by moved_in, kind, event_id, payee_id) as sequence,
  program_id || '/crm/' || event_id || '/' || payee_id || '/' || number as transfer_key,
  kind,
  case kind when 'accrual' then 'expense:' || program_id
    when 'clawback' then 'receivable:' || payee_id else 'payable:' || payee_id
  end as debit_account,
  case kind when 'accrual' then 'payable:' || payee_id when 'payout' then 'cash'
    else 'expense:' || program_id end as credit_account,
  amount_minor, 'USD' as currency, program_id, 1 as version, 'crm' as source, event_id,
  payee_id, firm_id, number,
  (case kind when 'payout' then 'payout-' else 'run-' end) || moved_in as run_id,
  {STARTS_AT} + moved_in * 7 * {DAY} as effective_at,
  {STARTS_AT} + moved_in * 7 * {DAY} as recorded_at,
  case when kind = 'accrual' then 'earned' when kind = 'payout' then 'paid'
    else 'worth less than booked' end as reason,
  case when kind in ('reversal', 'clawback')
    then program_id || '/crm/' || event_id || '/' || payee_id || '/1' else ''
  end as corrects
from moves order by sequence
"""


def program_text(number: int) -> str:
    """Return the terms of one program as a file says them."""
    return f"""
program_id = "program-{number}"
name = "Program {number}"
currency = "USD"
promised_days = {14 + number}
[behavior]
kind = "deal_won"
[window]
zone = "{ZONE}"
starts_on = 2026-01-01
ends_before = 2027-01-{number + 2:02d}
[payout]
kind = "flat"
amount = "100.00"
[caps]
budget = "{6 + number % 4}000000.00"
"""


def write_transfers(folder: Path, events: int) -> Path:
    """Write the transfers of so many deals as Parquet, columns as in TRANSFER_COLUMNS."""
    path = folder / "transfers.parquet"
    with DuckDBEngine() as engine:
        engine.execute(_EARNED.format(events=events))
        engine.execute(_MOVES)
        engine.write_parquet(_TRANSFERS, path)
    return path


def load_transfers(path: Path) -> int:
    """Load the transfers into the database as it does so in bulk; return how many."""
    from django.db import connection, transaction  # noqa: PLC0415 (needs the workspace)

    names = ", ".join(TRANSFER_COLUMNS)
    count = 0
    with DuckDBEngine() as engine, transaction.atomic(), connection.cursor() as cursor:
        rows = engine.stream(f"select {names} from read_parquet({quoted(path)})")
        if connection.vendor == "postgresql":
            with cursor.copy(f"copy web_transfer ({names}) from stdin") as copy:
                for block in rows:
                    for row in block:
                        copy.write_row(row)
                    count += len(block)
            return count
        marks = ", ".join(["%s"] * len(TRANSFER_COLUMNS))
        for block in rows:
            cursor.executemany(
                f"insert into web_transfer ({names}) values ({marks})", block
            )
            count += len(block)
    return count


def fill_people(operator: Any) -> None:
    """Enter payees, the consents of firms and where payees are paid.

    A few payees are in no roster, some have named no account, five firms have not agreed.
    """
    from openspiff.web.models import (  # noqa: PLC0415
        FirmConsent,
        PayeeName,
        PayoutMethod,
        payout_key,
    )

    mark = payout_key().mark
    PayeeName.objects.bulk_create(
        (
            PayeeName(payee_id=f"p{n}", name=f"Payee {n}", firm_id=f"f{n % FIRMS}")
            for n in range(20, PAYEES)
        ),
        batch_size=5_000,
    )
    FirmConsent.objects.bulk_create(
        FirmConsent(
            firm_id=f"f{n}",
            number=1,
            is_given=True,
            text_version="2026-11",
            name_typed="Owner",
            given_on=dt.date(2026, 1, 1),
            recorded_by=operator,
            recorded_at=STARTS_AT,
        )
        for n in range(5, FIRMS)
    )
    PayoutMethod.objects.bulk_create(
        (
            PayoutMethod(
                payee_id=f"p{n}",
                number=1,
                kind="iban",
                country="DE",
                holder=f"Payee {n}",
                masked="•••• 0000",
                sealed="x",
                nonce=f"{n:024d}",
                key_mark=mark,
                same_as=f"{n:064d}",
                set_at=STARTS_AT,
                set_by=operator,
            )
            for n in range(PAYEES)
            if n % 100
        ),
        batch_size=5_000,
    )
