-- Is each key entitled once?
select
    e.program_id || '/' || e.source || '/' || e.event_id || '/' || e.payee_id as place,
    'it is entitled ' || cast(count(*) as varchar) || ' times' as message
from entitled e
group by e.program_id, e.source, e.event_id, e.payee_id
having count(*) > 1
