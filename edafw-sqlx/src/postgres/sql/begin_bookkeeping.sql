-- What a crash of the server takes of this is done again from the rows before: the log of the server loses its
-- end and nothing in its middle.
begin isolation level read committed read write;
set local synchronous_commit = off;
