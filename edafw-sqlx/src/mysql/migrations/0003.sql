-- What one act set off is found by its correlation id. The column takes no room: it is read from the headers. Not every
-- server knows `add column if not exists`, so what is there is asked for.
set @edafw_change = (
    select if(count(*) = 0,
        'alter table edafw_event
            add column correlation_id char(36) character set ascii collate ascii_bin
                generated always as (json_unquote(json_extract(headers, ''$.correlationid''))) virtual,
            add key edafw_event_flow (correlation_id, position)',
        'do 0')
    from information_schema.columns
    where table_schema = database() and table_name = 'edafw_event' and column_name = 'correlation_id');
prepare edafw_change from @edafw_change;
execute edafw_change;
deallocate prepare edafw_change;
set @edafw_change = (
    select if(count(*) = 0,
        'alter table edafw_archive
            add column correlation_id char(36) character set ascii collate ascii_bin
                generated always as (json_unquote(json_extract(headers, ''$.correlationid''))) virtual,
            add key edafw_archive_flow (correlation_id, position)',
        'do 0')
    from information_schema.columns
    where table_schema = database() and table_name = 'edafw_archive' and column_name = 'correlation_id');
prepare edafw_change from @edafw_change;
execute edafw_change;
deallocate prepare edafw_change;
