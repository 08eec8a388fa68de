-- The rule table: for which behavior, product, revenue and class does which version pay?
select k.class_no, k.shape_kind, k.shape_product_id, k.shape_revenue_type, w.*
from (
  select q.version_no, q.class_no, q.kind as shape_kind, q.product_id as shape_product_id,
    q.revenue_type as shape_revenue_type
  from (
    select v.version_no, s.class_no, true as payee_known,
      {listing_facts}
    from shapes e
    cross join versions v
    cross join classes s
    {listing}
  ) q
  where {shape_tests}
) k
join versions w on w.version_no = k.version_no
