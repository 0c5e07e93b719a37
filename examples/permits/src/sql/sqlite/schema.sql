-- The office's own tables. Times are RFC 3339, as they came.

-- Written by the act itself.
create table if not exists permit_case (
    case_id      text    primary key,
    opened_at    text    not null,
    last_step_at text    not null,
    steps        integer not null
) strict, without rowid;

-- Written by subscribers.
create table if not exists workload (
    resource text    primary key,
    steps    integer not null
) strict, without rowid;

create table if not exists activity_count (
    activity text    primary key,
    steps    integer not null
) strict, without rowid;

create table if not exists case_timeline (
    case_id  text    not null,
    seq      integer not null,
    activity text    not null,
    resource text    not null,
    at       text    not null,
    primary key (case_id, seq)
) strict, without rowid;

-- What the two were as of a moment: replays of the same subscribers write here, each under its id.
create table if not exists workload_as_of (
    restored text    not null,
    resource text    not null,
    steps    integer not null,
    primary key (restored, resource)
) strict, without rowid;

create table if not exists case_timeline_as_of (
    restored text    not null,
    case_id  text    not null,
    seq      integer not null,
    activity text    not null,
    resource text    not null,
    at       text    not null,
    primary key (restored, case_id, seq)
) strict, without rowid;
