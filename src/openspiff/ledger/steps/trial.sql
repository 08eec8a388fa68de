-- What stands on each account? Every transfer is one debit and one credit.
select
    s.account,
    s.currency,
    cast(sum(s.debit_minor) as bigint) as debit_minor,
    cast(sum(s.credit_minor) as bigint) as credit_minor
from (
    select
        debit_account as account,
        currency,
        amount_minor as debit_minor,
        0 as credit_minor
    from booked_transfers
    union all
    select
        credit_account as account,
        currency,
        0 as debit_minor,
        amount_minor as credit_minor
    from booked_transfers
) s
group by s.account, s.currency
order by s.account, s.currency
