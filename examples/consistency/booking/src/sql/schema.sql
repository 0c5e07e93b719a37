create table if not exists account (
    traveller text    primary key,
    balance   integer not null check (balance >= 0)
) strict, without rowid;

create table if not exists trip (
    trip_no    integer primary key,
    traveller  text    not null,
    night      text    not null,
    flight     text    not null,
    room_price integer not null,
    seat_price integer not null,
    state      text    not null check (state in
        ('requested', 'trying', 'confirming', 'giving up', 'booked', 'not booked')),
    -- Why it was not booked.
    reason     text,
    -- What the traveller has paid for it so far.
    paid       integer not null check (paid >= 0),
    -- Milliseconds since the Unix epoch.
    opened_at  integer not null
) strict;

create table if not exists letter (
    trip_no integer primary key,
    text    text    not null
) strict;
