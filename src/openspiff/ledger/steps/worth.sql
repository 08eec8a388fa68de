-- Where does what is due today differ from what is booked? Due: the entitlement under the
-- frozen terms, nothing when there is none. Booked: accrued, less what was taken back.
select
    coalesce(e.program_id, b.program_id) as program_id,
    coalesce(e.source, b.source) as source,
    coalesce(e.event_id, b.event_id) as event_id,
    coalesce(e.payee_id, b.payee_id) as payee_id,
    coalesce(e.version, b.version) as version,
    coalesce(e.firm_id, b.firm_id) as firm_id,
    coalesce(e.currency, b.currency) as currency,
    coalesce(e.amount_minor, 0) as due_minor,
    coalesce(b.accrued_minor - b.reversed_minor - b.clawed_back_minor, 0) as net_minor,
    coalesce(b.accrued_minor - b.reversed_minor - b.paid_minor, 0) as unpaid_minor,
    coalesce(b.transfer_count, 0) as transfer_count,
    coalesce(b.last_accrual, 0) as last_accrual
from (select * from entitled where amount_minor > 0) e
full join
    (
        select *
        from booked
        where program_id in (select program_id from ledger_terms)
    ) b
    on e.program_id = b.program_id
    and e.source = b.source
    and e.event_id = b.event_id
    and e.payee_id = b.payee_id
where
    coalesce(e.amount_minor, 0)
    <> coalesce(b.accrued_minor - b.reversed_minor - b.clawed_back_minor, 0)
