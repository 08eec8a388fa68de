-- How much did the treated sell in each week of the long past? For a forecast from it.
select r.span_no, cast(sum(r.units_ppm) as bigint) as units_ppm
from measured_rows r
cross join measured_terms v
where r.span_no >= v.history_from and r.side = 1
group by r.span_no
