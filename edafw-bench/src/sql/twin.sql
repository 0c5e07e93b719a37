create table if not exists event (
    id           integer primary key,
    event_id     text not null unique,
    key          integer not null,
    payload      text not null,
    published_at integer
) strict;
create table if not exists outbox (id integer primary key, due_at integer not null) strict;
create table if not exists inbox (event_id text primary key, processed_at integer not null) strict, without rowid;
-- The outbox table as Debezium's outbox event router documents it.
create table if not exists plain_outbox (
    id            text primary key,
    aggregatetype text not null,
    aggregateid   text not null,
    type          text not null,
    payload       text not null
) strict, without rowid;
