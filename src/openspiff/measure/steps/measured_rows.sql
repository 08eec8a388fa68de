-- Which done events show the behavior, in which span, and what do they bring the payee?
select payee_no, side, span_no, source, event_id, payee_count,
  share_ppm as units_ppm,
  case when amount_minor < 0 then -share_of(-amount_minor, share_ppm)
    else share_of(amount_minor, share_ppm) end as amount_minor,
  case when margin_minor < 0 then -share_of(-margin_minor, share_ppm)
    else share_of(margin_minor, share_ppm) end as margin_minor,
  case when needs_rate then 1 else 0 end as needs_rate,
  case when margin_minor is null then 1 else 0 end as no_margin
from (
  select p.payee_no, p.side, s.span_no, e.source, e.event_id, e.payee_count, e.share_ppm,
    e.currency <> v.currency and x.rate_num is null as needs_rate,
    case when e.currency = v.currency then e.amount_minor
      when x.rate_num is null then 0
      when e.amount_minor < 0 then -convert_at(-e.amount_minor, x.rate_num, x.rate_den)
      else convert_at(e.amount_minor, x.rate_num, x.rate_den) end as amount_minor,
    case when e.currency = v.currency then e.margin_minor
      when x.rate_num is null then null
      when e.margin_minor < 0 then -convert_at(-e.margin_minor, x.rate_num, x.rate_den)
      else convert_at(e.margin_minor, x.rate_num, x.rate_den) end as margin_minor
  from current_events e
  cross join measured_terms v
  join measured_payees p on p.payee_id = e.payee_id
    and e.occurred_at >= p.from_at and e.occurred_at < p.before_at
  join measured_slots s on s.slot = int_div(e.occurred_at, v.slot_size)
  left join rates x on e.currency <> v.currency and x.from_currency = e.currency
    and x.to_currency = v.currency
    and e.occurred_at >= x.from_at and e.occurred_at < x.before_at
  where e.kind = v.kind and e.status = 'done' and e.duplicate_of = ''
    and e.occurred_at < v.as_of
    and e.product_id in (select product_id from measured_products)
    and e.revenue_type in (select revenue_type from measured_revenue_types)
) q
