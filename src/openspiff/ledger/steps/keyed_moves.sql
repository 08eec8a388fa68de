-- Under which key is each amount booked? The same question asked of the same books gives
-- the same key, so that no retry and no second run can book it twice. "%" and "/" inside a
-- name are written %25 and %2F: two different names never make one key.
select
    m.*,
    m.program_id
    || '/' || replace(replace(m.source, '%', '%25'), '/', '%2F')
    || '/' || replace(replace(m.event_id, '%', '%25'), '/', '%2F')
    || '/' || replace(replace(m.payee_id, '%', '%25'), '/', '%2F') as entitlement_key
from moves m
