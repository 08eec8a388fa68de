-- The first limit, in the order promised: for the payee or for the program, as its terms say.
select p.version_no, p.source, p.event_id, p.payee_id, p.firm_id, p.entered_batch,
  p.occurred_at, p.raw as after_first
from parts p
join versions v on v.version_no = p.version_no
where not v.has_first_limit
union all
select version_no, source, event_id, payee_id, firm_id, entered_batch, occurred_at,
  case when first_limit is null or so_far <= first_limit then raw
       when so_far - raw >= first_limit then 0
       else first_limit - (so_far - raw) end as after_first
from (
  select p.version_no, p.source, p.event_id, p.payee_id, p.firm_id, p.entered_batch,
    p.occurred_at, p.raw, v.first_limit,
    cast(sum(p.raw) over (
      partition by v.program_no, case when v.payee_first then p.payee_id else '' end
      order by p.entered_batch, p.occurred_at, p.source, p.event_id, p.payee_id
      rows between unbounded preceding and current row) as bigint) as so_far
  from parts p
  join versions v on v.version_no = p.version_no
  where v.has_first_limit
) q
