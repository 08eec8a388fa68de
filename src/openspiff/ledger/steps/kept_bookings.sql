-- What did the transfers after a given one move, by program, kind and moment?
select
    (select max(m.sequence) from booked_transfers m) as through_sequence,
    t.program_id,
    t.currency,
    t.kind,
    t.effective_at,
    count(*) as transfer_count,
    cast(sum(t.amount_minor) as bigint) as amount_minor
from booked_transfers t
where t.sequence > (select after_sequence from kept_after)
group by t.program_id, t.currency, t.kind, t.effective_at
