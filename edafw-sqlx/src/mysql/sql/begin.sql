-- For this transaction alone: a session may be shared with others by a pooler.
set transaction isolation level read committed;
start transaction;
