-- What follows the last ones of their lanes is visible now, or at the end of the head's lease if the same receiver
-- holds it.
update edafw_message
set visible_at = case
        when token = ?3 then (
            select head.visible_at from edafw_message head
            where head.queue = edafw_message.queue and head.lane = edafw_message.lane
            order by head.position
            limit 1)
        else max(?4, coalesce(not_before, ?4)) end,
    not_before = null
where visible_at is null
  and position in (
      select (select next.position from edafw_message next
              where next.queue = last.queue and next.lane = last.lane and next.position > last.position
              order by next.position
              limit 1)
      from json_each(?2) known
      join edafw_message last on last.position = known.value);
delete from edafw_message where position in (select value from json_each(?1));
