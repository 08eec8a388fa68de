-- Where the amount depends on it: is this the payee's first, second, third event?
select f.version_no, f.source, f.event_id, f.payee_id, f.firm_id, f.entered_batch,
  f.occurred_at, f.weight, f.whole, f.keep_ppm, f.base_minor, f.size,
  cast(0 as bigint) as payee_rank
from first_in f
join versions v on v.version_no = f.version_no
where not v.ranks_events
union all
select f.version_no, f.source, f.event_id, f.payee_id, f.firm_id, f.entered_batch,
  f.occurred_at, f.weight, f.whole, f.keep_ppm, f.base_minor, f.size,
  row_number() over (partition by v.program_no, f.payee_id
    order by f.entered_batch, f.occurred_at, f.source, f.event_id) as payee_rank
from first_in f
join versions v on v.version_no = f.version_no
where v.ranks_events
