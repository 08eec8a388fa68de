-- The small tables that the facts look into: a fragment of a from clause.
cross join roster_state r
left join rates x on e.currency <> v.currency and x.from_currency = e.currency
  and x.to_currency = v.currency and e.occurred_at >= x.from_at and e.occurred_at < x.before_at
left join customers c on c.customer_id = e.customer_id
left join listed xc on xc.version_no = v.version_no and xc.what = 'no_customer'
  and xc.value = e.customer_id
left join listed xf on xf.version_no = v.version_no and xf.what = 'no_firm'
  and xf.value = case when e.firm_id <> '' then e.firm_id else s.firm_id end
left join listed af on af.version_no = v.version_no and af.what = 'firm'
  and af.value = case when r.is_empty then e.firm_id else s.firm_id end
left join held_out h on h.program_no = v.program_no and h.payee_id = e.payee_id
