-- The member service's own tables.

create table if not exists member (
    member_no    integer primary key autoincrement,
    log_in_limit integer not null
) strict;

-- A member is logged in on a device as long as nothing has ended the session. Numbers rise in the order of the
-- commits: one transaction at a time writes to the database.
create table if not exists session (
    session_no integer primary key autoincrement,
    member_no  integer not null references member,
    device     text    not null,
    ended_by   text
) strict;

create index if not exists session_open_member on session (member_no, session_no) where ended_by is null;
create index if not exists session_open_device on session (device, session_no) where ended_by is null;

-- Written by subscribers.
create table if not exists device (
    member_no integer not null,
    device    text    not null,
    log_ins   integer not null,
    primary key (member_no, device)
) strict, without rowid;

create table if not exists notice (
    notice_no integer primary key autoincrement,
    member_no integer not null,
    text      text    not null
) strict;
