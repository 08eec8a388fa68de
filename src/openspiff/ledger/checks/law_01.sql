-- Has every transfer a positive amount, a currency, and the two accounts of its kind?
select
    b.transfer_key as place,
    case
        when a.kind is null then 'the kind ' || b.kind || ' is unknown'
        when b.amount_minor <= 0
            then 'the amount is ' || cast(b.amount_minor as varchar)
        when length(b.currency) <> 3 then 'the currency is ' || b.currency
        else 'it moves money from ' || b.credit_account || ' to ' || b.debit_account
    end as message
from booked_transfers b
left join verify_accounts a on a.kind = b.kind
where
    a.kind is null
    or b.amount_minor <= 0
    or length(b.currency) <> 3
    or b.debit_account
    <> a.debit || case a.debit_of
        when 'program' then b.program_id when 'payee' then b.payee_id else ''
    end
    or b.credit_account
    <> a.credit || case a.credit_of
        when 'program' then b.program_id when 'payee' then b.payee_id else ''
    end
