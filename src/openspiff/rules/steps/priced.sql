-- What is the whole event worth? A fixed amount, and a rate of its base.
select k.version_no, k.source, k.event_id, k.payee_id, k.firm_id, k.entered_batch,
  k.occurred_at, k.weight, k.whole, k.keep_ppm, k.payee_rank, t.fixed, t.rate_ppm,
  coalesce(t.fixed + share_of(k.base_minor, t.rate_ppm), 0) as full_amount
from ranked k
left join pay_rates t on t.version_no = k.version_no
  and k.payee_rank >= t.from_count and k.payee_rank < t.before_count
  and k.size >= t.from_size and k.size < t.before_size
