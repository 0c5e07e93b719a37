-- The kitchen's own tables.

-- One row. Grams; a negative stock would fail.
create table if not exists chocolate (
    id       integer primary key check (id = 1),
    at_first integer not null,
    grams    integer not null check (grams >= 0)
) strict;

-- No key keeps a second drink for an order out: it would be seen.
create table if not exists made (
    id       integer primary key,
    order_no integer not null,
    drink    text    not null
) strict;
