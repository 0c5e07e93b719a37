create table if not exists account (
    traveller text   primary key,
    balance   bigint not null check (balance >= 0)
);

-- The coordinator's log: a trip's state is what was decided about it.
create table if not exists trip (
    trip_no    bigint primary key,
    traveller  text   not null,
    state      text   not null check (state in ('open', 'booked', 'not booked')),
    reason     text,
    paid       bigint not null default 0,
    -- Milliseconds since the Unix epoch.
    opened_at  bigint not null
);

create index if not exists trip_open on trip (opened_at) where state = 'open';

create table if not exists letter (
    trip_no bigint primary key,
    text    text   not null
);
