-- Whoever decides first decides.
update trip set state = $2, reason = $3, paid = $4 where trip_no = $1 and state = 'open';
