-- Which amounts move? More is due: accrual. Less is due: what is not yet paid is reversed,
-- the rest is clawed back, unless the terms leave what was paid with the payee.
select
    w.*,
    'accrual' as kind,
    w.due_minor - w.net_minor as amount_minor,
    w.transfer_count + 1 as number
from worth w
where w.due_minor > w.net_minor
union all
select
    w.*,
    'reversal' as kind,
    least(w.net_minor - w.due_minor, w.unpaid_minor) as amount_minor,
    w.transfer_count + 1 as number
from worth w
where w.due_minor < w.net_minor and w.unpaid_minor > 0
union all
select
    w.*,
    'clawback' as kind,
    w.net_minor - w.due_minor - w.unpaid_minor as amount_minor,
    w.transfer_count + case when w.unpaid_minor > 0 then 2 else 1 end as number
from worth w
join ledger_terms t on t.program_id = w.program_id and t.version = w.version
where w.net_minor - w.due_minor > w.unpaid_minor and t.takes_back
