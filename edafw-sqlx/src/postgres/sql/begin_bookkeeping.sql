-- What a crash of the server takes of this is done again from the rows before: the log of the server loses its
-- end and nothing in its middle. A process that stands still must not hold its locks for ever.
begin isolation level read committed read write;
set local synchronous_commit = off;
set local idle_in_transaction_session_timeout = '10s';
