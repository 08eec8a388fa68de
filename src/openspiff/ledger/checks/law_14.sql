-- Is what a payee sees what stands on its accounts?
select
    coalesce(s.payee_id, a.payee_id) || ' ' || coalesce(s.currency, a.currency) as place,
    'the statement says ' || cast(coalesce(s.balance, 0) as varchar)
    || ', the accounts ' || cast(coalesce(a.balance, 0) as varchar) as message
from (
    select
        payee_id,
        currency,
        sum(case when kind = 'accrual' then amount_minor else -amount_minor end) as balance
    from booked_transfers
    group by payee_id, currency
) s
full join
    (
        select
            substr(h.account, strpos(h.account, ':') + 1) as payee_id,
            h.currency,
            sum(h.change) as balance
        from (
            select credit_account as account, currency, amount_minor as change
            from booked_transfers
            union all
            select debit_account as account, currency, -amount_minor as change
            from booked_transfers
        ) h
        where h.account like 'payable:%' or h.account like 'receivable:%'
        group by substr(h.account, strpos(h.account, ':') + 1), h.currency
    ) a
    on a.payee_id = s.payee_id
    and a.currency = s.currency
where coalesce(s.balance, 0) <> coalesce(a.balance, 0)
