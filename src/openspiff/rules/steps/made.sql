-- How was the amount of the asked events made? Every intermediate column, by its name.
select c.version_no, c.source, c.event_id, c.payee_id, c.base_minor, c.size,
  p.payee_rank, p.fixed, p.rate_ppm, p.full_amount, t.part, t.raw, f.after_first, d.due,
  v.is_draw, v.payee_first, p.event_id is not null as is_first
from candidates c
join asked a on a.source = c.source and a.event_id = c.event_id and a.payee_id = c.payee_id
join versions v on v.version_no = c.version_no
left join priced p on p.version_no = c.version_no and p.source = c.source
  and p.event_id = c.event_id and p.payee_id = c.payee_id
left join parts t on t.version_no = c.version_no and t.source = c.source
  and t.event_id = c.event_id and t.payee_id = c.payee_id
left join first_cap f on f.version_no = c.version_no and f.source = c.source
  and f.event_id = c.event_id and f.payee_id = c.payee_id
left join second_cap d on d.version_no = c.version_no and d.source = c.source
  and d.event_id = c.event_id and d.payee_id = c.payee_id
