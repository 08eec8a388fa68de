-- Since when is somebody a customer? Asked only as far as a program for new ones looks back.
select e.customer_id, min(e.occurred_at) as since_at
from current_events e
join (select max(starts_at) as latest_at from versions where new_customers_only) w
  on e.occurred_at < w.latest_at
where e.status = 'done' and e.customer_id <> ''
group by e.customer_id
