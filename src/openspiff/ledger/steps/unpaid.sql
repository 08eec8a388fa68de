-- What is owed and not yet paid, since when? A key's payments and reversals use up its
-- accruals in their order; it waits since the first accrual that is not used up.
select
    b.program_id,
    b.source,
    b.event_id,
    b.payee_id,
    b.version,
    b.firm_id,
    b.currency,
    b.accrued_minor - b.reversed_minor - b.paid_minor as unpaid_minor,
    b.transfer_count,
    b.last_accrual,
    min(a.sequence) as first_sequence,
    min(a.effective_at) as accrued_at
from booked b
join
    (
        select
            t.program_id,
            t.source,
            t.event_id,
            t.payee_id,
            t.sequence,
            t.effective_at,
            sum(t.amount_minor) over (
                partition by t.program_id, t.source, t.event_id, t.payee_id
                order by t.number
                rows between unbounded preceding and current row
            ) as accrued_so_far
        from booked_transfers t
        where t.kind = 'accrual'
    ) a
    on a.program_id = b.program_id
    and a.source = b.source
    and a.event_id = b.event_id
    and a.payee_id = b.payee_id
where
    b.accrued_minor - b.reversed_minor - b.paid_minor > 0
    and a.accrued_so_far > b.reversed_minor + b.paid_minor
group by
    b.program_id,
    b.source,
    b.event_id,
    b.payee_id,
    b.version,
    b.firm_id,
    b.currency,
    b.accrued_minor,
    b.reversed_minor,
    b.paid_minor,
    b.transfer_count,
    b.last_accrual
