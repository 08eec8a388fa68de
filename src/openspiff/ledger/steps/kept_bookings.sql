-- What did the transfers after a given one move, by program, kind, sides and moment? A side
-- is the name of an account up to its colon.
select
    (select max(m.sequence) from booked_transfers m) as through_sequence,
    t.program_id,
    t.currency,
    t.kind,
    split_part(t.debit_account, ':', 1) as debit_side,
    split_part(t.credit_account, ':', 1) as credit_side,
    t.effective_at,
    count(*) as transfer_count,
    cast(sum(t.amount_minor) as bigint) as amount_minor
from booked_transfers t
where t.sequence > (select after_sequence from kept_after)
group by
    t.program_id,
    t.currency,
    t.kind,
    split_part(t.debit_account, ':', 1),
    split_part(t.credit_account, ':', 1),
    t.effective_at
