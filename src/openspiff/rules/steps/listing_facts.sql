-- The facts of the shape tests: a fragment of a select list.
  e.kind, v.behavior, e.product_id, e.revenue_type,
  v.any_product, v.any_revenue_type, v.any_role, v.any_tier, v.any_region, v.any_segment,
  lp.value is not null as product_listed, lv.value is not null as revenue_type_listed,
  lr.value is not null as role_listed, lt.value is not null as tier_listed,
  lg.value is not null as region_listed, ls.value is not null as segment_listed
