-- A message of an event in this database refers to it, and has no body. A binary that does not know this could read no
-- such message.
alter table edafw_message add column event bigint, alter column body drop not null;
