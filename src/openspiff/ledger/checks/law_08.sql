-- Did each payee's cap and each program's budget hold at the end of every run?
select
    o.place || ' at ' || o.run_id as place,
    cast(o.spent as varchar) || ' of at most ' || cast(o.spending_limit as varchar) as message
from (
    select
        p.program_id || '/' || p.payee_id as place,
        p.run_id,
        p.spent,
        l.payee_cap as spending_limit
    from (
        select
            program_id,
            payee_id,
            run_id,
            sum(change) over (
                partition by program_id, payee_id
                order by last_sequence
                rows between unbounded preceding and current row
            ) as spent
        from (
            select
                program_id,
                payee_id,
                run_id,
                max(sequence) as last_sequence,
                sum(case kind
                    when 'accrual' then amount_minor else -amount_minor
                end) as change
            from booked_transfers
            where kind <> 'payout'
            group by program_id, payee_id, run_id
        ) r
    ) p
    join verify_limits l on l.program_id = p.program_id
    where p.spent > l.payee_cap
    union all
    select
        b.program_id as place,
        b.run_id,
        b.spent,
        l.budget as spending_limit
    from (
        select
            program_id,
            run_id,
            sum(change) over (
                partition by program_id
                order by last_sequence
                rows between unbounded preceding and current row
            ) as spent
        from (
            select
                program_id,
                run_id,
                max(sequence) as last_sequence,
                sum(case kind
                    when 'accrual' then amount_minor else -amount_minor
                end) as change
            from booked_transfers
            where kind <> 'payout'
            group by program_id, run_id
        ) r
    ) b
    join verify_limits l on l.program_id = b.program_id
    where b.spent > l.budget
) o
