-- Events that were archived: published long ago, and out of the way. For those who read history; the framework only
-- adds to it, and erases payloads in it. It may be copied elsewhere and emptied at any time.
create table edafw_archive (
    position     integer primary key,
    event_id     text    not null,
    channel      text    not null,
    source       text    not null,
    name         text    not null,
    version      integer not null,
    key          text,
    time         integer not null,
    payload      text    not null,
    headers      text    not null,
    stored_at    integer not null,
    published_at integer not null,
    archived_at  integer not null
) strict;
create index edafw_archive_key on edafw_archive (key) where key is not null;
