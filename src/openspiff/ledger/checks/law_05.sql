-- Does an event earn once per program and payee, in one currency?
select
    t.program_id || '/' || t.source || '/' || t.event_id || '/' || t.payee_id as place,
    'it is booked in ' || cast(count(distinct t.currency) as varchar) || ' currencies' as message
from booked_transfers t
group by t.program_id, t.source, t.event_id, t.payee_id
having count(distinct t.currency) > 1
