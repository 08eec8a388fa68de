-- Who earned what: one row per program, event and payee with something due.
select v.program_id, v.version, d.source, d.event_id, d.payee_id, d.firm_id,
  case when v.is_draw then 0 else d.due end as amount_minor,
  case when v.is_draw then d.due else 0 end as tickets,
  v.currency
from second_cap d
join versions v on v.version_no = d.version_no
where d.due > 0
