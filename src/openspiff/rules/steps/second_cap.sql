-- The second limit sees what the first one left.
select p.*, p.after_first as due
from first_cap p
join versions v on v.version_no = p.version_no
where not v.has_second_limit
union all
select q.version_no, q.program_no, q.source, q.event_id, q.payee_id, q.firm_id, q.entered_batch,
  q.occurred_at, q.weight, q.whole, q.keep_ppm, q.base_minor, q.size, q.payee_rank, q.fixed,
  q.rate_ppm, q.full_amount, q.part, q.raw, q.after_first,
  case when q.second_limit is null or q.so_far <= q.second_limit then q.after_first
       when q.so_far - q.after_first >= q.second_limit then 0
       else q.second_limit - (q.so_far - q.after_first) end as due
from (
  select p.*, v.second_limit,
    cast(sum(p.after_first) over (partition by p.program_no, case when v.payee_first then '' else p.payee_id end
      order by p.entered_batch, p.occurred_at, p.source, p.event_id, p.payee_id
      rows between unbounded preceding and current row) as bigint) as so_far
  from first_cap p
  join versions v on v.version_no = p.version_no
  where v.has_second_limit
) q
