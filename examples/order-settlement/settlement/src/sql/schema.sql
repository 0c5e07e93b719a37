-- The settlement's own tables. Amounts are in cents.

-- No key keeps a second line of the same content out: it would be seen.
create table if not exists settlement_line (
    id       integer primary key,
    order_no integer not null,
    merchant text    not null,
    amount   integer not null
) strict;

create index if not exists settlement_line_order on settlement_line (order_no);

create table if not exists balance (
    merchant text    primary key,
    lines    integer not null,
    amount   integer not null
) strict, without rowid;
