-- How many days after they happened did events from before the window become known?
select int_div(e.entered_at - e.occurred_at, 86400000000) as lag_days,
  count(*) as event_count
from current_events e
cross join measured_terms v
where e.kind = v.kind and e.status in ('done', 'cancelled') and e.duplicate_of = ''
  and e.occurred_at < v.window_starts_at and e.entered_at >= e.occurred_at
group by int_div(e.entered_at - e.occurred_at, 86400000000)
