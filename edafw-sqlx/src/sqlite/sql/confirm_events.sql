update edafw_event
set published_at = coalesce(published_at, ?2)
where event_id in (select value from json_each(?1))
returning position;
