-- How is an event with several payees divided? Largest remainder, to the last minor unit.
-- What is kept after a cancellation is a share of the part: the raw amount.
select version_no, source, event_id, payee_id, firm_id, entered_batch, occurred_at,
  full_amount as part, share_of(full_amount, keep_ppm) as raw
from priced
where weight = whole
union all
select version_no, source, event_id, payee_id, firm_id, entered_batch, occurred_at,
  part, share_of(part, keep_ppm) as raw
from (
  select q.*,
    floor_part + case when place <= convert_at(full_amount, group_weight, whole) - floor_sum
      then 1 else 0 end as part
  from (
    select p.*,
      cast(sum(p.weight) over (partition by p.program_no, p.source, p.event_id, p.full_amount)
        as bigint) as group_weight,
      cast(sum(p.floor_part) over (partition by p.program_no, p.source, p.event_id, p.full_amount)
        as bigint) as floor_sum,
      row_number() over (partition by p.program_no, p.source, p.event_id, p.full_amount
        order by p.rest desc, p.payee_id) as place
    from (
      select d.*, v.program_no,
        int_div(d.full_amount, d.whole) * d.weight
          + int_div((d.full_amount % d.whole) * d.weight, d.whole) as floor_part,
        ((d.full_amount % d.whole) * d.weight) % d.whole as rest
      from priced d
      join versions v on v.version_no = d.version_no
      where d.weight <> d.whole
    ) p
  ) q
) z
