-- What is paid for each key? First booked, first paid, up to what the payee is owed less
-- what is wanted back from it in the same currency; the rest is withheld and stays owed.
select
    c.program_id,
    c.source,
    c.event_id,
    c.payee_id,
    c.version,
    c.firm_id,
    c.currency,
    c.unpaid_minor,
    case
        when c.so_far <= c.limit_minor then c.unpaid_minor
        when c.so_far - c.unpaid_minor >= c.limit_minor then 0
        else c.limit_minor - (c.so_far - c.unpaid_minor)
    end as paid_minor,
    c.accrued_at,
    c.accrued_at + t.promised_days * 86400000000 as promised_at,
    c.first_sequence,
    c.transfer_count,
    c.last_accrual
from (
    select
        u.*,
        greatest(
            sum(u.unpaid_minor) over (partition by u.payee_id, u.currency)
            - coalesce(r.receivable_minor, 0),
            0
        ) as limit_minor,
        sum(u.unpaid_minor) over (
            partition by u.payee_id, u.currency
            order by u.first_sequence
            rows between unbounded preceding and current row
        ) as so_far
    from unpaid u
    left join
        (
            select
                b.payee_id,
                b.currency,
                sum(b.clawed_back_minor) as receivable_minor
            from booked b
            group by b.payee_id, b.currency
        ) r
        on r.payee_id = u.payee_id
        and r.currency = u.currency
    where u.accrued_at <= (select effective_at from ledger_run)
) c
join ledger_promises t on t.program_id = c.program_id and t.version = c.version
