-- One process migrates at a time; the number is the framework's alone, and the lock ends with the transaction.
select pg_advisory_xact_lock(7306369118297940545);
