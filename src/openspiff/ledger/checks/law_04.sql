-- Was nothing reversed or paid that was not owed, nothing clawed back that was not paid?
select
    s.transfer_key as place,
    case
        when s.reversed + s.paid > s.accrued
            then 'reversed and paid ' || cast(s.reversed + s.paid as varchar)
            || ' of ' || cast(s.accrued as varchar)
        else 'clawed back ' || cast(s.clawed_back as varchar)
            || ' of ' || cast(least(s.paid, s.accrued - s.reversed) as varchar) || ' paid'
    end as message
from (
    select
        m.transfer_key,
        sum(m.accrual) over w as accrued,
        sum(m.reversal) over w as reversed,
        sum(m.payout) over w as paid,
        sum(m.clawback) over w as clawed_back
    from (
        select
            t.*,
            case when t.kind = 'accrual' then t.amount_minor else 0 end as accrual,
            case when t.kind = 'reversal' then t.amount_minor else 0 end as reversal,
            case when t.kind = 'payout' then t.amount_minor else 0 end as payout,
            case when t.kind = 'clawback' then t.amount_minor else 0 end as clawback
        from booked_transfers t
    ) m
    window w as (
        partition by m.program_id, m.source, m.event_id, m.payee_id
        order by m.number
        rows between unbounded preceding and current row
    )
) s
where
    s.reversed + s.paid > s.accrued
    or s.clawed_back > s.paid
    or s.clawed_back > s.accrued - s.reversed
