-- An event is written twice: when it is stored, and when it is marked as published. Room for both in one page keeps the
-- second time from touching the indexes, and later events from filling the gaps that moved rows would leave.
alter table edafw_event set (fillfactor = 50);
