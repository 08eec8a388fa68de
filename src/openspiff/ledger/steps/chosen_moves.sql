-- Which amounts move when only the chosen lines are paid? What is not chosen stays owed.
select
    p.program_id,
    p.source,
    p.event_id,
    p.payee_id,
    p.version,
    p.firm_id,
    p.currency,
    p.last_accrual,
    'payout' as kind,
    cast(p.paid_minor as bigint) as amount_minor,
    p.transfer_count + 1 as number
from payout_lines p
join payout_chosen c
    on c.payee_id = p.payee_id
    and c.program_id = p.program_id
    and c.version = p.version
    and c.currency = p.currency
    and c.accrued_at = p.accrued_at
where p.paid_minor > 0
