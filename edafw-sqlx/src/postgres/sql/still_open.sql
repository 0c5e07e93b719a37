-- Whether this is the transaction that the framework has begun.
select coalesce(current_setting('edafw.transaction', true) = 'open', false);
