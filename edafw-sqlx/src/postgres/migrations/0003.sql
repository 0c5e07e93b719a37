-- What one act set off is found by its correlation id. Publishing waits while an index is made, about 3 seconds per
-- million events; where that is too long, make it before with `create index concurrently`.
create index if not exists edafw_event_flow on edafw_event (((headers ->> 'correlationid')::uuid), position);
create index if not exists edafw_archive_flow on edafw_archive (((headers ->> 'correlationid')::uuid), position);
