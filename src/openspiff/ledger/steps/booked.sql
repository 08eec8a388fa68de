-- What do the books hold for each program, event and payee?
select
    t.program_id,
    t.source,
    t.event_id,
    t.payee_id,
    max(t.version) as version,
    max(t.firm_id) as firm_id,
    max(t.currency) as currency,
    cast(sum(case when t.kind = 'accrual' then t.amount_minor else 0 end) as bigint)
        as accrued_minor,
    cast(sum(case when t.kind = 'reversal' then t.amount_minor else 0 end) as bigint)
        as reversed_minor,
    cast(sum(case when t.kind = 'payout' then t.amount_minor else 0 end) as bigint)
        as paid_minor,
    cast(sum(case when t.kind = 'clawback' then t.amount_minor else 0 end) as bigint)
        as clawed_back_minor,
    max(t.number) as transfer_count,
    max(case when t.kind = 'accrual' then t.number else 0 end) as last_accrual
from booked_transfers t
group by t.program_id, t.source, t.event_id, t.payee_id
