update edafw_message
set visible_at = case when token = ?3 then ?4 else ?5 end
where visible_at is null
  and position in (
      select min(position) from edafw_message
      where queue = ?1 and lane in (select value from json_each(?2))
      group by lane
  );
