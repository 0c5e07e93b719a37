-- Events that were archived: published long ago, and out of the way. For those who read history; the framework only
-- adds to it, and erases payloads in it. It may be copied elsewhere and emptied at any time.
create table edafw_archive (
    position     bigint primary key,
    event_id     uuid   not null,
    channel      text   not null,
    source       text   collate "C" not null,
    name         text   collate "C" not null,
    version      bigint not null,
    key          text   collate "C",
    time         bigint not null,
    payload      json   not null,
    headers      json   not null,
    stored_at    bigint not null,
    published_at bigint not null,
    archived_at  bigint not null
);
create index edafw_archive_key on edafw_archive (key) where key is not null;
