-- The setting lasts as long as this transaction: by it the last statement before COMMIT knows that it is in it.
begin isolation level read committed read write;
set local edafw.transaction = 'open';
