-- What did each payee achieve in each span? Whole numbers, so the order never matters.
select r.payee_no, r.span_no, sum(units_ppm) as units_ppm, sum(amount_minor) as amount_minor,
  sum(list_price_minor) as list_price_minor, sum(margin_minor) as margin_minor, sum(substitutes_ppm) as substitutes_ppm,
  sum(substitute_margin_minor) as substitute_margin_minor,
  sum(cancelled_ppm) as cancelled_ppm, sum(needs_rate) as needs_rate,
  sum(no_amount) as no_amount, sum(no_margin) as no_margin, sum(no_list_price) as no_list_price,
  sum(no_substitute_margin) as no_substitute_margin
from measured_rows r
cross join measured_terms v
where r.span_no < v.history_from
group by r.payee_no, r.span_no
order by r.payee_no, r.span_no
