-- Where a customer counts once, the first event told of it stays, with all its payees.
select c.version_no, c.source, c.event_id, c.payee_id, c.firm_id, c.entered_batch,
  c.occurred_at, c.weight, c.whole, c.keep_ppm, c.base_minor, c.size
from candidates c
join versions v on v.version_no = c.version_no
where not v.has_once
union all
select version_no, source, event_id, payee_id, firm_id, entered_batch,
  occurred_at, weight, whole, keep_ppm, base_minor, size
from (
  select c.version_no, c.source, c.event_id, c.payee_id, c.firm_id, c.entered_batch,
    c.occurred_at, c.weight, c.whole, c.keep_ppm, c.base_minor, c.size,
    not v.once_per_customer or c.customer_id = '' as counts_always,
    dense_rank() over (partition by v.program_no, c.customer_id
      order by c.entered_batch, c.occurred_at, c.source, c.event_id) as place
  from candidates c
  join versions v on v.version_no = c.version_no
  where v.has_once
) q
where counts_always or place = 1
