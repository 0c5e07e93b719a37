update edafw_message
set token = null,
    visible_at = case when visible_at is null then null else ?3 end,
    not_before = case when visible_at is null then ?3 end,
    receives = receives - ?4
where position in (select value from json_each(?1)) and token = ?2;
