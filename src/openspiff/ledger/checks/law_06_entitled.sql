-- Does recomputing give the stored amounts? Where the terms leave what was paid with the
-- payee, the books may hold more than is due, up to what was paid.
select
    k.program_id || '/' || k.source || '/' || k.event_id || '/' || k.payee_id as place,
    'due ' || cast(k.due as varchar) || ', booked ' || cast(k.net as varchar) as message
from (
    select
        x.program_id,
        x.source,
        x.event_id,
        x.payee_id,
        sum(x.due) as due,
        sum(x.net) as net,
        sum(x.paid) as paid
    from (
        select program_id, source, event_id, payee_id, amount_minor as due, 0 as net, 0 as paid
        from entitled
        union all
        select
            program_id,
            source,
            event_id,
            payee_id,
            0 as due,
            case kind
                when 'accrual' then amount_minor when 'payout' then 0 else -amount_minor
            end as net,
            case kind when 'payout' then amount_minor else 0 end as paid
        from booked_transfers
    ) x
    group by x.program_id, x.source, x.event_id, x.payee_id
) k
join (select program_id, min(case when keeps_paid then 1 else 0 end) as keeps_paid
    from verify_terms group by program_id) t
    on t.program_id = k.program_id
where k.due <> k.net and not (t.keeps_paid = 1 and k.net > k.due and k.net <= k.paid)
