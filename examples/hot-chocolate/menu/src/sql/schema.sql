-- The menu's own table. Prices are in cents.
create table if not exists drink (
    drink    text    primary key,
    price    integer not null check (price > 0),
    sold_out integer not null default 0
) strict, without rowid;
