-- The counter's own table. No key keeps a second drink for an order out: it would be seen.
create table if not exists served (
    id       integer primary key,
    order_no integer not null,
    drink    text    not null
) strict;
