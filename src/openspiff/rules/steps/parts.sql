-- How is an event with several payees divided? Largest remainder, to the last minor unit.
select version_no, program_no, source, event_id, payee_id, firm_id, entered_batch, occurred_at,
  weight, whole, keep_ppm, base_minor, size, payee_rank, fixed, rate_ppm, full_amount,
  full_amount as part
from priced
where weight = whole
union all
select version_no, program_no, source, event_id, payee_id, firm_id, entered_batch, occurred_at,
  weight, whole, keep_ppm, base_minor, size, payee_rank, fixed, rate_ppm, full_amount,
  floor_part + case when place <= convert_at(full_amount, group_weight, whole) - floor_sum
    then 1 else 0 end as part
from (
  select p.version_no, p.program_no, p.source, p.event_id, p.payee_id, p.firm_id,
    p.entered_batch, p.occurred_at, p.weight, p.whole, p.keep_ppm, p.base_minor, p.size,
    p.payee_rank, p.fixed, p.rate_ppm, p.full_amount, p.floor_part,
    cast(sum(p.weight) over (partition by p.program_no, p.source, p.event_id, p.full_amount)
      as bigint) as group_weight,
    cast(sum(p.floor_part) over (partition by p.program_no, p.source, p.event_id, p.full_amount)
      as bigint) as floor_sum,
    row_number() over (partition by p.program_no, p.source, p.event_id, p.full_amount
      order by p.rest desc, p.payee_id) as place
  from (
    select d.*,
      int_div(full_amount, whole) * weight + int_div((full_amount % whole) * weight, whole) as floor_part,
      ((full_amount % whole) * weight) % whole as rest
    from priced d
    where weight <> whole
  ) p
) q
