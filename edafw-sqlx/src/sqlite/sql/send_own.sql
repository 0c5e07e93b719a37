-- ?2: the recorder's queue, where acceptance is confirmation: it gets nothing, and the events are published at once.
-- The driver adds up the numbers that statements leave out, and binds nothing once there are more than values: the
-- parameters are numbered so that few are left out.
update edafw_outbox
set sent_at = ?3, token = null, last_error = null, attempts = 0
where ?2 is null and position in (select value from json_each(?1));
-- The cross joins keep the events in their order, which is that of the messages of a lane. A queue that is bound to
-- the event by name and by '*' counts once.
insert into edafw_message (queue, lane, event, visible_at)
select q.name, case when q.ordered then e.key end, e.position, case when not q.ordered or e.key is null then ?3 end
from json_each(?1) sent
cross join edafw_event e on e.position = sent.value
cross join json_each(?4) topic on topic.key = e.channel
cross join edafw_binding b on b.topic = topic.value and b.event in (e.name, '*')
cross join edafw_queue q on q.name = b.queue
where q.name is not ?2
  and (b.event = '*' or not exists (
      select 1 from edafw_binding every
      where every.topic = b.topic and every.event = '*' and every.queue = b.queue));
-- Which queues there is something new in: one statement gives positions without a gap.
select distinct queue from edafw_message where changes() > 0 and position > last_insert_rowid() - changes();
-- The heads of lanes that were empty.
update edafw_message
set visible_at = ?3
where changes() > 0 and position > last_insert_rowid() - changes()
  and visible_at is null
  and not exists (
      select 1 from edafw_message earlier
      where earlier.queue = edafw_message.queue and earlier.lane = edafw_message.lane
        and earlier.position < edafw_message.position);
update edafw_event
set published_at = coalesce(published_at, ?3), generation = max(edafw_event.generation, o.generation)
from edafw_outbox o
where ?2 is not null and o.position = edafw_event.position
  and edafw_event.position in (select value from json_each(?1));
delete from edafw_outbox where ?2 is not null and position in (select value from json_each(?1));
commit;
