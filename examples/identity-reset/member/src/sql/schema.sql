create table if not exists member (
    member_no    integer primary key autoincrement,
    name         text    not null,
    verified     integer not null default 0,
    verification integer not null default 0
) strict;
