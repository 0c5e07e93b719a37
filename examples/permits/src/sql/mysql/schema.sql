-- The office's own tables. Times are RFC 3339, as they came. Texts are compared exactly.

-- Written by the act itself.
create table if not exists permit_case (
    case_id      varchar(512) primary key,
    opened_at    varchar(64)  not null,
    last_step_at varchar(64)  not null,
    steps        bigint       not null
) character set utf8mb4 collate utf8mb4_bin;

-- Written by subscribers.
create table if not exists workload (
    resource varchar(512) primary key,
    steps    bigint       not null
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists activity_count (
    activity varchar(512) primary key,
    steps    bigint       not null
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists case_timeline (
    case_id  varchar(512) not null,
    seq      bigint       not null,
    activity varchar(512) not null,
    resource varchar(512) not null,
    at       varchar(64)  not null,
    primary key (case_id, seq)
) character set utf8mb4 collate utf8mb4_bin;

-- What the two were as of a moment: replays of the same subscribers write here, each under its id.
create table if not exists workload_as_of (
    restored varchar(40)  not null,
    resource varchar(512) not null,
    steps    bigint       not null,
    primary key (restored, resource)
) character set utf8mb4 collate utf8mb4_bin;

create table if not exists case_timeline_as_of (
    restored varchar(40)  not null,
    case_id  varchar(512) not null,
    seq      bigint       not null,
    activity varchar(512) not null,
    resource varchar(512) not null,
    at       varchar(64)  not null,
    primary key (restored, case_id, seq)
) character set utf8mb4 collate utf8mb4_bin;
