-- Payees that no audience can tell apart form a class; class 0 stands for "no roster".
select row_number() over (order by role, tier, region, segment) as class_no,
  role, tier, region, segment
from (select distinct role, tier, region, segment from roster) d
union all
select 0 as class_no, '' as role, '' as tier, '' as region, '' as segment
from roster_state where is_empty
