-- What is to be booked? Each amount with its two accounts, its key and its place in the
-- books. The inner ORDER BY gives the place: a numbering without an order of its own
-- follows the rows as they come, and sorts once instead of twice.
select
    (select after_sequence from ledger_run) + row_number() over () as sequence,
    k.entitlement_key || '/' || cast(k.number as varchar) as transfer_key,
    k.kind,
    case k.kind
        when 'accrual' then 'expense:' || k.program_id
        when 'clawback' then 'receivable:' || k.payee_id
        else 'payable:' || k.payee_id
    end as debit_account,
    case k.kind
        when 'accrual' then 'payable:' || k.payee_id
        when 'payout' then 'cash'
        else 'expense:' || k.program_id
    end as credit_account,
    k.amount_minor,
    k.currency,
    k.program_id,
    k.version,
    k.source,
    k.event_id,
    k.payee_id,
    k.firm_id,
    k.number,
    (select run_id from ledger_run) as run_id,
    (select effective_at from ledger_run) as effective_at,
    (select recorded_at from ledger_run) as recorded_at,
    case
        when k.kind = 'accrual' and k.number = 1 then 'earned'
        when k.kind = 'accrual' then 'worth more than booked'
        when k.kind = 'reversal' then 'worth less than booked, not yet paid'
        when k.kind = 'payout' then 'paid'
        else 'worth less than booked, already paid'
    end as reason,
    case
        when k.kind in ('reversal', 'clawback')
            then k.entitlement_key || '/' || cast(k.last_accrual as varchar)
        else ''
    end as corrects
from (select * from keyed_moves order by entitlement_key, number) k
