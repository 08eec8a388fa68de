-- Has every transfer a key of its own, the one that its fields give?
select d.transfer_key as place, 'the key stands ' || cast(d.times as varchar) || ' times' as message
from (
    select transfer_key, count(*) as times
    from booked_transfers
    group by transfer_key
    having count(*) > 1
) d
union all
select b.transfer_key as place, 'the key does not fit its fields' as message
from booked_transfers b
where
    b.transfer_key <> concat(
        b.program_id,
        '/',
        replace(replace(b.source, '%', '%25'), '/', '%2F'),
        '/',
        replace(replace(b.event_id, '%', '%25'), '/', '%2F'),
        '/',
        replace(replace(b.payee_id, '%', '%25'), '/', '%2F'),
        '/',
        cast(b.number as varchar)
    )
union all
select n.place, 'its transfers are not numbered 1, 2, 3 ...' as message
from (
    select
        program_id || '/' || source || '/' || event_id || '/' || payee_id as place,
        count(distinct number) as numbers,
        min(number) as least_number,
        max(number) as greatest_number
    from booked_transfers
    group by program_id, source, event_id, payee_id
) n
where n.least_number <> 1 or n.greatest_number <> n.numbers
