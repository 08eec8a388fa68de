-- Which amounts move when the lines are paid?
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
where p.paid_minor > 0
