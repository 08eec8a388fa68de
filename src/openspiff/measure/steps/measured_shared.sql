-- Which events in the window do a treated and a held-out payee share?
select r.source, r.event_id
from measured_rows r
cross join measured_terms v
where r.is_focal and r.is_done and r.payee_count > 1 and r.span_no >= v.window_from and r.span_no < v.window_before
group by r.source, r.event_id
having max(case when r.side in (1, 4) then 1 else 0 end) = 1
  and max(case when r.side in (2, 5) then 1 else 0 end) = 1
