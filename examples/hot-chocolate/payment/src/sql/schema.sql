-- The service's own table: money that came is positive, and money that went negative, in cents. No key keeps a second
-- row of the same content out: it would be seen.
create table if not exists entry (
    id       integer primary key,
    order_no integer not null,
    amount   integer not null
) strict;
