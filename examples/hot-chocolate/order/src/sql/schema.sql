-- The service's own tables. Amounts are in cents.

create table if not exists orders (
    order_no  integer primary key,
    drink     text    not null,
    price     integer not null,
    served    integer not null default 0,
    cancelled integer not null default 0,
    refunded  integer not null default 0
) strict;

-- What the menu has said.
create table if not exists price (
    drink text    primary key,
    price integer not null
) strict, without rowid;
