-- The first limit, in the order promised: for the payee or for the program, as its terms say.
select p.*, share_of(p.part, p.keep_ppm) as raw, share_of(p.part, p.keep_ppm) as after_first
from parts p
join versions v on v.version_no = p.version_no
where not v.has_first_limit
union all
select q.version_no, q.program_no, q.source, q.event_id, q.payee_id, q.firm_id, q.entered_batch,
  q.occurred_at, q.weight, q.whole, q.keep_ppm, q.base_minor, q.size, q.payee_rank, q.fixed,
  q.rate_ppm, q.full_amount, q.part, q.raw,
  case when q.first_limit is null or q.so_far <= q.first_limit then q.raw
       when q.so_far - q.raw >= q.first_limit then 0
       else q.first_limit - (q.so_far - q.raw) end as after_first
from (
  select p.*, v.first_limit,
    cast(sum(p.raw) over (partition by p.program_no, case when v.payee_first then p.payee_id else '' end
      order by p.entered_batch, p.occurred_at, p.source, p.event_id, p.payee_id
      rows between unbounded preceding and current row) as bigint) as so_far
  from (select d.*, share_of(d.part, d.keep_ppm) as raw from parts d) p
  join versions v on v.version_no = p.version_no
  where v.has_first_limit
) q
