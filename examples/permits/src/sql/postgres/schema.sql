-- The office's own tables. Times are RFC 3339, as they came.

-- Two processes that start at once would both find a table missing.
select pg_advisory_xact_lock(4711);

-- Written by the act itself.
create table if not exists permit_case (
    case_id      text    primary key,
    opened_at    text    not null,
    last_step_at text    not null,
    steps        bigint  not null
);

-- Written by subscribers.
create table if not exists workload (
    resource text    primary key,
    steps    bigint  not null
);

create table if not exists activity_count (
    activity text    primary key,
    steps    bigint  not null
);

create table if not exists case_timeline (
    case_id  text    not null,
    seq      bigint  not null,
    activity text    not null,
    resource text    not null,
    at       text    not null,
    primary key (case_id, seq)
);

-- What the two were as of a moment: replays of the same subscribers write here, each under its id.
create table if not exists workload_as_of (
    restored text    not null,
    resource text    not null,
    steps    bigint  not null,
    primary key (restored, resource)
);

create table if not exists case_timeline_as_of (
    restored text    not null,
    case_id  text    not null,
    seq      bigint  not null,
    activity text    not null,
    resource text    not null,
    at       text    not null,
    primary key (restored, case_id, seq)
);
