-- A process that stands still must not hold its locks for ever.
begin isolation level read committed read write;
set local idle_in_transaction_session_timeout = '10s';
