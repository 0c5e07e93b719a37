create table if not exists event (
    id           integer primary key,
    event_id     text not null unique,
    key          integer not null,
    payload      text not null,
    published_at integer
) strict;
create table if not exists outbox (id integer primary key, due_at integer not null) strict;
create table if not exists inbox (event_id text primary key, processed_at integer not null) strict, without rowid;
create table if not exists plain_outbox (id integer primary key, payload text not null) strict;
