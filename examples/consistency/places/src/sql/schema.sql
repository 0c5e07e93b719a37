create table if not exists offer (
    name   text    primary key,
    places integer not null check (places >= 0)
) strict, without rowid;

-- One row per trip, kept for good: the row of a place that was given back keeps a late hold from taking one.
create table if not exists place (
    trip_no    integer primary key,
    offer      text    not null,
    price      integer not null,
    state      text    not null check (state in ('held', 'booked', 'given back')),
    -- Milliseconds since the Unix epoch; counts while the place is held.
    held_until integer not null
) strict;

create index if not exists place_offer on place (offer, state);
