-- Which events show the kind of behavior, in which span, and what do they bring the payee?
-- What the program pays for is focal; the same behavior with other products is a substitute.
select payee_no, side, span_no, day, source, event_id, payee_count, is_focal, is_done,
  case when is_focal and is_done then share_ppm else 0 end as units_ppm,
  case when is_focal and is_done then amount_minor else 0 end as amount_minor,
  case when is_focal and is_done then list_price_minor else 0 end as list_price_minor,
  case when is_focal and is_done then margin_minor else 0 end as margin_minor,
  case when is_done and not is_focal then share_ppm else 0 end as substitutes_ppm,
  case when is_done and not is_focal then margin_minor else 0 end as substitute_margin_minor,
  case when is_focal and not is_done then share_ppm else 0 end as cancelled_ppm,
  case when is_focal and is_done and needs_rate then 1 else 0 end as needs_rate,
  case when is_focal and is_done and amount_minor is null then 1 else 0 end as no_amount,
  case when is_focal and is_done and margin_minor is null then 1 else 0 end as no_margin,
  case when is_focal and is_done and list_price_minor is null then 1 else 0 end
    as no_list_price,
  case when is_done and not is_focal and margin_minor is null then 1 else 0 end
    as no_substitute_margin
from (
  select payee_no, side, span_no, day, source, event_id, payee_count, share_ppm, is_focal, is_done,
    needs_rate,
    case when amount_minor < 0 then -share_of(-amount_minor, share_ppm)
      else share_of(amount_minor, share_ppm) end as amount_minor,
    share_of(list_price_minor, share_ppm) as list_price_minor,
    case when margin_minor < 0 then -share_of(-margin_minor, share_ppm)
      else share_of(margin_minor, share_ppm) end as margin_minor
  from (
    select p.payee_no, p.side, s.span_no, s.day, e.source, e.event_id, e.payee_count, e.share_ppm,
      (v.any_product or m.product_id is not null)
        and (v.any_revenue_type or n.revenue_type is not null) as is_focal,
      e.status = 'done' as is_done,
      e.currency <> v.currency and x.rate_num is null as needs_rate,
      case when e.currency = v.currency then e.amount_minor
        when x.rate_num is null then 0
        when e.amount_minor < 0 then -convert_at(-e.amount_minor, x.rate_num, x.rate_den)
        else convert_at(e.amount_minor, x.rate_num, x.rate_den) end as amount_minor,
      case when e.currency = v.currency then e.list_price_minor
        when x.rate_num is null then null
        else convert_at(e.list_price_minor, x.rate_num, x.rate_den) end as list_price_minor,
      case when e.currency = v.currency then e.margin_minor
        when x.rate_num is null then null
        when e.margin_minor < 0 then -convert_at(-e.margin_minor, x.rate_num, x.rate_den)
        else convert_at(e.margin_minor, x.rate_num, x.rate_den) end as margin_minor
    from current_events e
    cross join measured_terms v
    join measured_payees p on p.payee_id = e.payee_id
      and e.occurred_at >= p.from_at and e.occurred_at < p.before_at
    join measured_slots s on s.slot = int_div(e.occurred_at, v.slot_size)
    left join measured_products m on m.product_id = e.product_id
    left join measured_revenue_types n on n.revenue_type = e.revenue_type
    left join rates x on e.currency <> v.currency and x.from_currency = e.currency
      and x.to_currency = v.currency
      and e.occurred_at >= x.from_at and e.occurred_at < x.before_at
    where e.kind = v.kind and e.status in ('done', 'cancelled') and e.duplicate_of = ''
      and e.occurred_at < v.as_of
  ) q
) r
