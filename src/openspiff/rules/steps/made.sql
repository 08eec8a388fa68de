-- How was the amount of the asked events made? Every intermediate column, by its name.
select c.version_no, c.source, c.event_id, c.payee_id, c.base_minor, c.size, c.keep_ppm as kept_ppm,
  d.payee_rank, d.fixed, d.rate_ppm, d.full_amount, d.weight, d.whole, d.part, d.raw,
  d.after_first, d.due, v.is_draw, v.payee_first,
  d.event_id is not null as is_first
from candidates c
join asked a on a.source = c.source and a.event_id = c.event_id and a.payee_id = c.payee_id
join versions v on v.version_no = c.version_no
left join second_cap d on d.version_no = c.version_no and d.source = c.source
  and d.event_id = c.event_id and d.payee_id = c.payee_id
