-- Is no transfer missing, and does every correction name what it corrects, and why?
select
    'transfer ' || cast(g.sequence as varchar) as place,
    'it follows transfer ' || cast(g.before as varchar) as message
from (
    select sequence, coalesce(lag(sequence) over (order by sequence), 0) as before
    from booked_transfers
) g
where g.sequence <> g.before + 1
union all
select
    c.transfer_key as place,
    case
        when c.reason = '' then 'it has no reason'
        when c.kind in ('accrual', 'payout') then 'it corrects ' || c.corrects
        else 'it corrects no earlier accrual of its own'
    end as message
from booked_transfers c
left join booked_transfers o
    on o.transfer_key = c.corrects
    and o.kind = 'accrual'
    and o.sequence < c.sequence
    and o.program_id = c.program_id
    and o.source = c.source
    and o.event_id = c.event_id
    and o.payee_id = c.payee_id
where
    c.reason = ''
    or (c.kind in ('accrual', 'payout') and c.corrects <> '')
    or (c.kind in ('reversal', 'clawback') and o.transfer_key is null)
