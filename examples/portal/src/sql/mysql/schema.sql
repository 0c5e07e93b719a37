create table if not exists case_progress (
    case_id varchar(512) primary key,
    steps   bigint       not null
) character set utf8mb4 collate utf8mb4_bin;
