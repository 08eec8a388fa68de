-- Which events of one payee look like one, written in several ways or from several sources?
select
    b.payee_id,
    b.program_id,
    b.currency,
    lower(trim(b.event_id)) as same_id,
    max(b.source) as source,
    max(b.event_id) as event_id,
    count(*) as event_count,
    cast(sum(b.accrued_minor - b.reversed_minor - b.clawed_back_minor) as bigint)
        as amount_minor
from booked b
where b.accrued_minor - b.reversed_minor - b.clawed_back_minor > 0
group by b.payee_id, b.program_id, b.currency, lower(trim(b.event_id))
having count(*) > 1
