-- Which class is a payee in, from when to when?
select r.payee_id, r.firm_id, r.from_at, r.before_at, k.class_no, r.role, r.tier, r.region, r.segment
from roster r
join classes k on k.role = r.role and k.tier = r.tier and k.region = r.region
  and k.segment = r.segment
