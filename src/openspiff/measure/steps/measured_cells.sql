-- What did each payee achieve in each span? Whole numbers, so the order never matters.
select payee_no, span_no, sum(units_ppm) as units_ppm, sum(amount_minor) as amount_minor,
  sum(margin_minor) as margin_minor, sum(needs_rate) as needs_rate,
  sum(no_margin) as no_margin
from measured_rows
group by payee_no, span_no
order by payee_no, span_no
