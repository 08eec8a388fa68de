-- Is there a roster at all? Without one every payee counts as known.
select count(*) = 0 as is_empty from roster
