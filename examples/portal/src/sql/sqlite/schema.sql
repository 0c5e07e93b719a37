create table if not exists case_progress (
    case_id text    primary key,
    steps   integer not null
) strict, without rowid;
