-- The second limit sees what the first one left; what remains is due.
select p.version_no, p.source, p.event_id, p.payee_id, p.firm_id, p.after_first as due
from first_cap p
join versions v on v.version_no = p.version_no
where not v.has_second_limit
union all
select version_no, source, event_id, payee_id, firm_id,
  case when second_limit is null or so_far <= second_limit then after_first
       when so_far - after_first >= second_limit then 0
       else second_limit - (so_far - after_first) end as due
from (
  select p.version_no, p.source, p.event_id, p.payee_id, p.firm_id, p.after_first,
    v.second_limit,
    cast(sum(p.after_first) over (
      partition by v.program_no, case when v.payee_first then '' else p.payee_id end
      order by p.entered_batch, p.occurred_at, p.source, p.event_id, p.payee_id
      rows between unbounded preceding and current row) as bigint) as so_far
  from first_cap p
  join versions v on v.version_no = p.version_no
  where v.has_second_limit
) q
