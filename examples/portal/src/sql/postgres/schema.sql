-- Two processes that start at once would both find a table missing.
select pg_advisory_xact_lock(4711);

create table if not exists case_progress (
    case_id text    primary key,
    steps   bigint  not null
);
