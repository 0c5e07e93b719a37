create table if not exists edafw_schema (
    version           integer primary key,
    oldest_compatible integer not null,
    applied_at        integer not null
) strict;
