-- What the row tests and the amounts are made of: a fragment of a select list.
  v.version_no, v.program_no, e.source, e.event_id, e.payee_id, e.customer_id,
  e.entered_batch, e.entered_at, e.occurred_at, e.status, e.duplicate_of, e.quantity,
  e.term_months, e.is_new_customer, e.is_government, e.currency,
  v.currency as program_currency,
  v.starts_at, v.ends_at, v.reported_before_at, v.takes_from_at, v.takes_before_at,
  v.min_amount_minor, v.min_margin_ppm, v.min_term_months, v.min_quantity,
  v.new_customers_only, v.no_government, v.any_firm, v.basis, v.band_by,
  case when e.firm_id <> '' then e.firm_id else coalesce(s.firm_id, '') end as firm_id,
  case when e.currency = v.currency then e.amount_minor
       else convert_at(e.amount_minor, x.rate_num, x.rate_den) end as amount_minor,
  case when e.currency = v.currency then e.margin_minor
       when e.margin_minor < 0 then -convert_at(-e.margin_minor, x.rate_num, x.rate_den)
       else convert_at(e.margin_minor, x.rate_num, x.rate_den) end as margin_minor,
  case when e.currency = v.currency then e.mrr_minor
       else convert_at(e.mrr_minor, x.rate_num, x.rate_den) end as mrr_minor,
  e.currency <> v.currency and x.rate_num is null as needs_rate,
  case when v.splits_equally then 1 else e.share_ppm end as weight,
  case when v.splits_equally then e.payee_count else 1000000 end as whole,
  case when e.status = 'done' then 1000000
       when e.status <> 'cancelled' then 0
       when v.clawback_shape = 'cliff' and e.status_at - e.occurred_at >= v.clawback_days * 86400000000
       then 1000000
       when v.clawback_shape = 'pro_rata'
       then least(1000000, int_div(
         int_div(greatest(e.status_at - e.occurred_at, 0), 86400000000) * 1000000, v.clawback_days))
       else 0 end as keep_ppm,
  c.since_at as customer_since_at,
  xc.value is not null as customer_excluded,
  xf.value is not null as firm_excluded,
  af.value is not null as firm_listed,
  h.payee_id is not null as is_held_out,
  s.payee_id is not null or r.is_empty as payee_known
