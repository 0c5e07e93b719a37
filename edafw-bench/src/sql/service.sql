create table if not exists account (id integer primary key, balance integer not null) strict;
create table if not exists effect (
    id         integer primary key,
    subscriber integer not null,
    account    integer not null,
    amount     integer not null
) strict;
