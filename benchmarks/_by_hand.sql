-- The 20 programs of entitlements_data.py in DuckDB's own SQL, as one would write it who
-- knows these programs, these files and this engine: one source, one currency, one version
-- of each program, no excluded customer or firm, nothing superseded, nobody held out.
-- Given: views event, roster (the files); tables program, program_product, pay_rate.

set preserve_insertion_order = false;

-- Payees that no audience can tell apart, and who is in which class when.
create temp table span as
select payee_id, from_at, before_at,
  cast(dense_rank() over (order by role, tier, region, segment) as int) as class_no,
  role, tier, region, segment
from roster;

-- For which product and class does which program pay?
create temp table rule as
select x.product_id, k.class_no, p.*
from program p
join program_product x on x.program_no = p.program_no
join (select distinct class_no, role, tier, region, segment from span) k
  on (p.roles = [] or list_contains(p.roles, k.role))
  and (p.tiers = [] or list_contains(p.tiers, k.tier))
  and (p.regions = [] or list_contains(p.regions, k.region))
  and (p.segments = [] or list_contains(p.segments, k.segment));

-- Who was a customer before the window of a program for new ones opened?
create temp table known_customer as
select customer_id, min(occurred_at) as since_at
from event
where status = 'done'
  and occurred_at < (select max(starts_at) from program where is_for_new)
group by customer_id;

set disabled_optimizers = 'join_order';

create temp table candidate as
select * from (
  select r.program_no, e.event_id, e.payee_id, e.firm_id, e.customer_id,
    e.entered_batch, e.occurred_at,
    case when r.is_equal then 1 else e.share_ppm end as weight,
    case when r.is_equal then e.payee_count else 1000000 end as whole,
    case when e.status = 'done' then 1000000
      when r.clawback = 'cliff' and e.status_at - e.occurred_at >= r.clawback_days * 86400000000
      then 1000000
      when r.clawback = 'pro_rata' then least(1000000,
        greatest(e.status_at - e.occurred_at, 0) // 86400000000 * 1000000 // r.clawback_days)
      else 0 end as keep_ppm,
    case r.basis when 'amount' then e.amount_minor
      when 'margin' then greatest(coalesce(e.margin_minor, 0), 0)
      when 'mrr' then coalesce(e.mrr_minor, 0) else 0 end as base,
    case r.band_by when 'seats' then e.quantity when 'mrr' then coalesce(e.mrr_minor, 0)
      else 0 end as size
  from event e
  join span s on s.payee_id = e.payee_id
    and e.occurred_at >= s.from_at and e.occurred_at < s.before_at
  join rule r on r.product_id = e.product_id and r.class_no = s.class_no
    and e.occurred_at >= r.starts_at and e.occurred_at < r.ends_at
  left join known_customer k
    on k.customer_id = case when r.is_for_new then e.customer_id end
  where e.kind = 'deal_won' and e.status in ('done', 'cancelled')
    and e.entered_at < r.reported_before_at
    and e.amount_minor >= r.min_amount
    and (r.revenue_types = [] or list_contains(r.revenue_types, e.revenue_type))
    and (r.min_margin_ppm = 0 or e.margin_minor
      >= (e.amount_minor * r.min_margin_ppm + 500000) // 1000000)
    and (r.min_term = 0 or e.term_months >= r.min_term)
    and e.quantity >= r.min_quantity
    and not (r.is_no_government and e.is_government)
    and (k.since_at is null or k.since_at >= r.starts_at)
)
where keep_ppm > 0;

set disabled_optimizers = '';

-- Where a customer counts once: the first event of each.
create temp table first_one as
select program_no, customer_id,
  min({batch: entered_batch, moment: occurred_at, id: event_id}) as first_in
from candidate
where program_no in (select program_no from program where is_once)
group by program_no, customer_id;

-- What is the whole event worth? Only tiers ask which one of the payee's events it is.
create temp table priced as
with counted as (
  select c.* exclude (customer_id) from candidate c
  where program_no not in (select program_no from program where is_once)
  union all
  select c.* exclude (customer_id) from candidate c
  join first_one f on f.program_no = c.program_no and f.customer_id = c.customer_id
    and f.first_in.id = c.event_id
), ranked as (
  select *, 0 as place from counted
  where program_no not in (select program_no from program where is_tiered)
  union all
  select *, row_number() over (partition by program_no, payee_id
    order by entered_batch, occurred_at, event_id) as place
  from counted
  where program_no in (select program_no from program where is_tiered)
)
select k.* exclude (base, size, place),
  t.fixed + (k.base * t.rate_ppm + 500000) // 1000000 as worth
from ranked k
join pay_rate t on t.program_no = k.program_no
  and k.place >= t.from_count and k.place < t.before_count
  and k.size >= t.from_size and k.size < t.before_size;

-- Only events with several payees are divided: the cents left go to the largest rests.
create temp table part as
select program_no, event_id, payee_id, firm_id, entered_batch, occurred_at,
  (worth * keep_ppm + 500000) // 1000000 as amount
from priced
where weight = whole
union all
select program_no, event_id, payee_id, firm_id, entered_batch, occurred_at,
  ((share + case when place <= left_over then 1 else 0 end) * keep_ppm + 500000) // 1000000
from (
  select *, worth * weight // whole as share,
    (worth * sum(weight) over event + whole // 2) // whole
      - sum(worth * weight // whole) over event as left_over,
    row_number() over (event order by worth * weight % whole desc, payee_id) as place
  from priced
  where weight <> whole
  window event as (partition by program_no, event_id, worth)
);

-- The two limits, each only for the programs that have it, in their order.
create temp table entitled as
with limited as (
  select part.*, program.* exclude (program_no) from part join program using (program_no)
), first_cap as (
  select program_no, event_id, payee_id, firm_id, entered_batch, occurred_at, amount
  from limited
  where case when is_payee_first then payee_cap else budget end is null
  union all
  select program_no, event_id, payee_id, firm_id, entered_batch, occurred_at,
    greatest(0, least(amount, payee_cap - (so_far - amount)))
  from (
    select *, sum(amount) over (partition by program_no, payee_id
      order by entered_batch, occurred_at, event_id
      rows unbounded preceding) as so_far
    from limited where is_payee_first and payee_cap is not null
  )
  union all
  select program_no, event_id, payee_id, firm_id, entered_batch, occurred_at,
    greatest(0, least(amount, budget - (so_far - amount)))
  from (
    select *, sum(amount) over (partition by program_no
      order by entered_batch, occurred_at, event_id, payee_id
      rows unbounded preceding) as so_far
    from limited where not is_payee_first and budget is not null
  )
), still_limited as (
  select first_cap.*, program.* exclude (program_no)
  from first_cap join program using (program_no)
), second_cap as (
  select program_no, event_id, payee_id, firm_id, amount from still_limited
  where case when is_payee_first then budget else payee_cap end is null
  union all
  select program_no, event_id, payee_id, firm_id,
    greatest(0, least(amount, budget - (so_far - amount)))
  from (
    select *, sum(amount) over (partition by program_no
      order by entered_batch, occurred_at, event_id, payee_id
      rows unbounded preceding) as so_far
    from still_limited where is_payee_first and budget is not null
  )
  union all
  select program_no, event_id, payee_id, firm_id,
    greatest(0, least(amount, payee_cap - (so_far - amount)))
  from (
    select *, sum(amount) over (partition by program_no, payee_id
      order by entered_batch, occurred_at, event_id
      rows unbounded preceding) as so_far
    from still_limited where not is_payee_first and payee_cap is not null
  )
)
select p.program_id, p.version, 'bench' as source, d.event_id, d.payee_id, d.firm_id,
  cast(case when p.is_draw then 0 else d.amount end as bigint) as amount_minor,
  cast(case when p.is_draw then d.amount else 0 end as bigint) as tickets,
  p.currency
from second_cap d
join program p using (program_no)
where d.amount > 0;
