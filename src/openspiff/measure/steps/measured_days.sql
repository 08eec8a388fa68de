-- On which local day did whom show the behavior, at what price? For what moved to the deadline.
select r.payee_no, r.day, r.list_price_minor, r.amount_minor
from measured_rows r
cross join measured_terms v
where r.is_focal and r.is_done and r.span_no < v.path_before
order by r.payee_no, r.day, r.list_price_minor, r.amount_minor
