create table if not exists edafw_schema (
    version           bigint primary key,
    oldest_compatible bigint not null,
    applied_at        bigint not null
);
