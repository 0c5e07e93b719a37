-- The last column: whether a statement without BEGIN runs as the framework's transactions do.
select current_setting('server_version_num')::integer, current_setting('server_version'),
       current_setting('default_transaction_isolation') = 'read committed'
       and current_setting('default_transaction_read_only') = 'off';
