-- What is each payee owed, by version and by the moment since which it waits?
select
    u.payee_id,
    u.program_id,
    u.version,
    u.currency,
    u.accrued_at,
    count(*) as event_count,
    cast(sum(u.unpaid_minor) as bigint) as amount_minor
from unpaid u
group by u.payee_id, u.program_id, u.version, u.currency, u.accrued_at
