-- A message of an event in this database refers to it, and has no body. A binary that does not know this could read no
-- such message.
create table edafw_message_new (
    position   integer primary key autoincrement,
    queue      text    not null,
    lane       text,
    event      integer,
    body       text,
    visible_at integer,
    not_before integer,
    token      integer,
    receives   integer not null default 0
) strict;
insert into edafw_message_new (position, queue, lane, body, visible_at, not_before, token, receives)
select position, queue, lane, body, visible_at, not_before, token, receives from edafw_message;
delete from sqlite_sequence where name = 'edafw_message_new';
insert into sqlite_sequence (name, seq)
select 'edafw_message_new', seq from sqlite_sequence where name = 'edafw_message';
drop table edafw_message;
-- Otherwise a view of the user's that does not work, or reads this table, stops the renaming.
pragma legacy_alter_table = on;
alter table edafw_message_new rename to edafw_message;
pragma legacy_alter_table = off;
create index edafw_message_visible on edafw_message (queue, visible_at, position) where visible_at is not null;
create index edafw_message_lane on edafw_message (queue, lane, position) where lane is not null;

-- A claim asks by key only for what holds others back: what is with a relay, and what backs off.
drop index edafw_outbox_unsent_key;
create index edafw_outbox_holding on edafw_outbox (key, position)
    where due_at > 0 and sent_at is null and key is not null;
