-- What does each event bring its payee, by the names that moments use? Null: not known.
select r.payee_no as unit, r.span_no as period_no, r.units_ppm,
  case when r.needs_rate = 1 then null else r.amount_minor end as amount_minor,
  r.margin_minor, r.substitutes_ppm, r.substitute_margin_minor, r.cancelled_ppm
from measured_rows r
