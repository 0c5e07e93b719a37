create table if not exists edafw_schema (
    version           bigint not null primary key,
    oldest_compatible bigint not null,
    applied_at        bigint not null
) engine=InnoDB row_format=dynamic;
