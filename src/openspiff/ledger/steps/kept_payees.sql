-- What is booked for each payee and currency, and which event is worth most, which next?
select
    s.payee_id,
    s.currency,
    s.first_at,
    s.accrued_minor,
    s.reversed_minor,
    s.paid_minor,
    s.clawed_back_minor,
    s.accrued_minor - s.reversed_minor - s.paid_minor - s.clawed_back_minor
        as balance_minor,
    coalesce(r.event_count, 0) as event_count,
    coalesce(r.worth_minor, 0) as top_minor,
    coalesce(r.unpaid_minor, 0) as top_unpaid_minor,
    coalesce(r.next_minor, 0) as next_minor,
    coalesce(r.program_id, '') as top_program_id,
    coalesce(r.source, '') as top_source,
    coalesce(r.event_id, '') as top_event_id
from (
    select
        t.payee_id,
        t.currency,
        min(t.effective_at) as first_at,
        cast(sum(case when t.kind = 'accrual' then t.amount_minor else 0 end) as bigint)
            as accrued_minor,
        cast(sum(case when t.kind = 'reversal' then t.amount_minor else 0 end) as bigint)
            as reversed_minor,
        cast(sum(case when t.kind = 'payout' then t.amount_minor else 0 end) as bigint)
            as paid_minor,
        cast(sum(case when t.kind = 'clawback' then t.amount_minor else 0 end) as bigint)
            as clawed_back_minor
    from booked_transfers t
    group by t.payee_id, t.currency
) s
left join
    (
        select
            w.*,
            row_number() over (
                partition by w.payee_id, w.currency
                order by w.worth_minor desc, w.source, w.event_id, w.program_id
                rows between unbounded preceding and current row
            ) as place,
            max(w.worth_minor) over (
                partition by w.payee_id, w.currency
                order by w.worth_minor desc, w.source, w.event_id, w.program_id
                rows between 1 following and 1 following
            ) as next_minor,
            count(*) over (
                partition by w.payee_id, w.currency
                order by w.worth_minor desc, w.source, w.event_id, w.program_id
                rows between unbounded preceding and unbounded following
            ) as event_count
        from (
            select
                b.payee_id,
                b.currency,
                b.program_id,
                b.source,
                b.event_id,
                b.accrued_minor - b.reversed_minor - b.clawed_back_minor as worth_minor,
                b.accrued_minor - b.reversed_minor - b.paid_minor as unpaid_minor
            from booked b
        ) w
        where w.worth_minor > 0
    ) r
    on r.payee_id = s.payee_id
    and r.currency = s.currency
    and r.place = 1
