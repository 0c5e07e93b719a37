-- Events that were archived: published long ago, and out of the way. For those who read history; the framework only
-- adds to it, and erases payloads in it. It may be copied elsewhere and emptied at any time.
create table if not exists edafw_archive (
    position     bigint        not null primary key,
    event_id     char(36)      character set ascii collate ascii_bin not null,
    channel      varchar(16)   character set ascii collate ascii_bin not null,
    source       varchar(160)  character set ascii collate ascii_bin not null,
    name         varchar(160)  character set ascii collate ascii_bin not null,
    version      bigint        not null,
    `key`        varchar(512),
    time         bigint        not null,
    payload      longtext      not null,
    headers      longtext      not null,
    stored_at    bigint        not null,
    published_at bigint        not null,
    archived_at  bigint        not null,
    key edafw_archive_key (`key`)
) engine=InnoDB row_format=dynamic default character set utf8mb4 collate utf8mb4_bin;
