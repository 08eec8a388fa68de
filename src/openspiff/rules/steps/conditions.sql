-- Every test that an event must pass. The name is the reason given when it fails.
-- "shape" tests look at what many events share; "row" tests at one event and payee.

-- shape: wrong_behavior
kind = behavior
-- shape: product
any_product or product_listed
-- shape: revenue_type
any_revenue_type or revenue_type_listed
-- shape: audience
not payee_known or ((any_role or role_listed) and (any_tier or tier_listed)
  and (any_region or region_listed) and (any_segment or segment_listed))
-- row: duplicate
duplicate_of = ''
-- row: not_done
keep_ppm > 0
-- row: before_window
occurred_at is null or occurred_at >= starts_at
-- row: after_window
occurred_at is null or occurred_at < ends_at
-- row: reported_late
entered_at < reported_before_at
-- row: other_version
entered_at >= takes_from_at and entered_at < takes_before_at
-- row: below_amount
needs_rate or amount_minor >= min_amount_minor
-- row: below_margin
needs_rate or min_margin_ppm = 0 or coalesce(margin_minor >= share_of(amount_minor, min_margin_ppm), false)
-- row: below_term
min_term_months = 0 or coalesce(term_months >= min_term_months, false)
-- row: below_quantity
quantity >= min_quantity
-- row: not_new_customer
not new_customers_only or coalesce(is_new_customer,
  customer_id <> '' and (customer_since_at is null or customer_since_at >= starts_at))
-- row: government
not (no_government and is_government)
-- row: excluded_customer
not customer_excluded
-- row: excluded_firm
not firm_excluded
-- row: unknown_payee
payee_known or occurred_at is null
-- row: audience_firm
not payee_known or any_firm or firm_listed
-- row: held_out
not is_held_out
