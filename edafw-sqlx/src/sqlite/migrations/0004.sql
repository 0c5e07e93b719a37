-- What one act set off is found by its correlation id.
create index edafw_event_flow on edafw_event (headers ->> 'correlationid', position);
create index edafw_archive_flow on edafw_archive (headers ->> 'correlationid', position);
