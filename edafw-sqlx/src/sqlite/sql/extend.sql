update edafw_message
set visible_at = case when visible_at is null then null else ?3 end
where position in (select value from json_each(?1)) and token = ?2
returning position;
