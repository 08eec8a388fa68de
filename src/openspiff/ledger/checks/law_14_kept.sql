-- Are the kept sums what the transfers add up to? Worked out in another way than they were
-- made: what waits is taken from the newest accruals backwards.
with keys as (
    select
        program_id,
        source,
        event_id,
        payee_id,
        max(currency) as currency,
        max(version) as version,
        sum(case kind when 'accrual' then amount_minor when 'clawback' then 0
            else -amount_minor end) as waits,
        sum(case kind when 'accrual' then amount_minor when 'payout' then 0
            else -amount_minor end) as worth
    from booked_transfers
    group by program_id, source, event_id, payee_id
),
backwards as (
    select
        a.program_id,
        a.source,
        a.event_id,
        a.payee_id,
        a.effective_at,
        a.amount_minor,
        sum(a.amount_minor) over (
            partition by a.program_id, a.source, a.event_id, a.payee_id
            order by a.number desc
            rows between unbounded preceding and current row
        ) as from_the_end
    from booked_transfers a
    where a.kind = 'accrual'
),
waiting as (
    select
        k.payee_id || ' ' || k.program_id || ' ' || cast(k.version as varchar) || ' '
        || k.currency || ' ' || cast(b.since as varchar) as place,
        cast(sum(k.waits) as varchar) || ' for ' || cast(count(*) as varchar) as said
    from keys k
    join
        (
            select
                q.program_id, q.source, q.event_id, q.payee_id,
                min(q.effective_at) as since
            from backwards q
            join keys w
                on w.program_id = q.program_id and w.source = q.source
                and w.event_id = q.event_id and w.payee_id = q.payee_id
            where q.from_the_end - q.amount_minor < w.waits
            group by q.program_id, q.source, q.event_id, q.payee_id
        ) b
        on b.program_id = k.program_id and b.source = k.source
        and b.event_id = k.event_id and b.payee_id = k.payee_id
    where k.waits > 0
    group by k.payee_id, k.program_id, k.version, k.currency, b.since
),
by_worth as (
    select
        payee_id,
        currency,
        worth,
        row_number() over (
            partition by payee_id, currency order by worth desc
            rows between unbounded preceding and current row
        ) as place
    from keys
    where worth > 0
),
largest as (
    select
        payee_id,
        currency,
        count(*) as event_count,
        sum(case when place = 1 then worth else 0 end) as top_minor,
        sum(case when place = 2 then worth else 0 end) as next_minor
    from by_worth
    group by payee_id, currency
),
of_payees as (
    select
        t.payee_id || ' ' || t.currency as place,
        cast(min(t.effective_at) as varchar)
        || ' ' || cast(sum(case when t.kind = 'accrual' then t.amount_minor else 0 end) as varchar)
        || ' ' || cast(sum(case when t.kind = 'reversal' then t.amount_minor else 0 end) as varchar)
        || ' ' || cast(sum(case when t.kind = 'payout' then t.amount_minor else 0 end) as varchar)
        || ' ' || cast(sum(case when t.kind = 'clawback' then t.amount_minor else 0 end) as varchar)
        || ' ' || cast(coalesce(max(l.event_count), 0) as varchar)
        || ' ' || cast(coalesce(max(l.top_minor), 0) as varchar)
        || ' ' || cast(coalesce(max(l.next_minor), 0) as varchar) as said
    from booked_transfers t
    left join largest l on l.payee_id = t.payee_id and l.currency = t.currency
    group by t.payee_id, t.currency
),
sides as (
    select
        t.*,
        case when strpos(t.debit_account, ':') > 0
            then substr(t.debit_account, 1, strpos(t.debit_account, ':') - 1)
            else t.debit_account end as debit_name,
        case when strpos(t.credit_account, ':') > 0
            then substr(t.credit_account, 1, strpos(t.credit_account, ':') - 1)
            else t.credit_account end as credit_name
    from booked_transfers t
),
moved as (
    select
        program_id || ' ' || currency || ' ' || kind || ' ' || cast(effective_at as varchar)
        || ' ' || debit_name || ' ' || credit_name as place,
        cast(sum(amount_minor) as varchar) || ' of ' || cast(count(*) as varchar) as said
    from sides
    group by program_id, currency, kind, effective_at, debit_name, credit_name
),
books as (
    select 'owed to ' || place as place, said from waiting
    union all
    select 'booked for ' || place, said from of_payees
    union all
    select 'moved under ' || place, said from moved
    union all
    select
        'alike for ' || payee_id || ' ' || program_id || ' ' || currency || ' '
        || lower(trim(event_id)),
        cast(sum(worth) as varchar) || ' for ' || cast(count(*) as varchar)
    from keys
    where worth > 0
    group by payee_id, program_id, currency, lower(trim(event_id))
    having count(*) > 1
),
kept as (
    select
        'owed to ' || payee_id || ' ' || program_id || ' ' || cast(version as varchar)
        || ' ' || currency || ' ' || cast(accrued_at as varchar) as place,
        cast(amount_minor as varchar) || ' for ' || cast(event_count as varchar) as said
    from kept_owed
    union all
    select
        'booked for ' || payee_id || ' ' || currency,
        cast(first_at as varchar) || ' ' || cast(accrued_minor as varchar)
        || ' ' || cast(reversed_minor as varchar) || ' ' || cast(paid_minor as varchar)
        || ' ' || cast(clawed_back_minor as varchar) || ' ' || cast(event_count as varchar)
        || ' ' || cast(top_minor as varchar) || ' ' || cast(coalesce(next_minor, 0) as varchar)
    from kept_payees
    union all
    select
        'moved under ' || program_id || ' ' || currency || ' ' || kind || ' '
        || cast(effective_at as varchar) || ' ' || debit_side || ' ' || credit_side,
        cast(sum(amount_minor) as varchar) || ' of '
        || cast(sum(transfer_count) as varchar)
    from kept_bookings
    group by program_id, currency, kind, effective_at, debit_side, credit_side
    union all
    select
        'alike for ' || payee_id || ' ' || program_id || ' ' || currency || ' ' || same_id,
        cast(amount_minor as varchar) || ' for ' || cast(event_count as varchar)
    from kept_twice
)
select
    'kept sums: ' || coalesce(b.place, k.place) as place,
    'kept is ' || coalesce(k.said, 'nothing') || ', the transfers say '
    || coalesce(b.said, 'nothing') as message
from books b
full join kept k on k.place = b.place
where coalesce(b.said, '') <> coalesce(k.said, '')
