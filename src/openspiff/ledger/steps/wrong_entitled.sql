-- Which entitlements cannot be set against the books, and why?
select
    e.program_id || '/' || e.source || '/' || e.event_id || '/' || e.payee_id as place,
    'the same entitlement stands ' || cast(count(*) as varchar) || ' times' as message,
    'an event earns once per program and payee' as remedy
from entitled e
group by e.program_id, e.source, e.event_id, e.payee_id
having count(*) > 1
union all
select
    e.program_id || '/' || e.source || '/' || e.event_id || '/' || e.payee_id,
    'the amount is below zero: ' || cast(e.amount_minor as varchar),
    'entitlements are zero or more; differences take money back'
from entitled e
where e.amount_minor < 0
union all
select distinct
    e.program_id || ' version ' || cast(e.version as varchar),
    'its terms were not given',
    'give every launched version of the program'
from (
    select distinct program_id, version from entitled
    union all
    select distinct program_id, version from booked
    where program_id in (select program_id from ledger_terms)
) e
left join ledger_terms t on t.program_id = e.program_id and t.version = e.version
where t.program_id is null
union all
select distinct
    e.program_id,
    'the currency is ' || e.currency || ' where the terms say ' || t.currency,
    'a program keeps its currency in every version'
from (
    select distinct program_id, version, currency from entitled where amount_minor > 0
    union all
    select distinct program_id, version, currency from booked
) e
join ledger_terms t on t.program_id = e.program_id
where e.currency <> t.currency
