-- Which events pass every test of which version, and what is their amount based on?
select version_no, source, event_id, payee_id, firm_id, customer_id,
  entered_batch, occurred_at, needs_rate, weight, whole, keep_ppm,
  case basis when 'amount' then amount_minor when 'margin' then greatest(coalesce(margin_minor, 0), 0)
    when 'mrr' then coalesce(mrr_minor, 0) else 0 end as base_minor,
  case band_by when 'seats' then quantity when 'mrr' then coalesce(mrr_minor, 0) else 0 end as size
from (
  select
    {facts}
  from feed_rows e
  left join spans s on s.payee_id = e.payee_id
    and e.occurred_at >= s.from_at and e.occurred_at < s.before_at
  join cube v on v.shape_kind = e.kind and v.shape_product_id = e.product_id
    and v.shape_revenue_type = e.revenue_type and v.class_no = coalesce(s.class_no, 0)
    and e.occurred_at >= v.starts_at and e.occurred_at < v.ends_at
  {lookups}
) q
where {row_tests}
