-- Every asked event against every version: which tests does it pass, and on which facts?
select q.*,
  {every_test}
from (
  select
    {facts},
    {listing_facts}
  from asked e
  cross join versions v
  left join spans s on s.payee_id = e.payee_id
    and e.occurred_at >= s.from_at and e.occurred_at < s.before_at
  {lookups}
  {listing}
) q
