-- Puts the first $1 events that may be sent into the queues that are bound to their topics, and marks them as sent.
-- $2, $3: which topic a channel has. $5: whether to notify other processes; $6: whether to wait for the disk. Looks at
-- $7 positions from the first unsent event on, so that a turn costs the same whatever waits, and whatever the server
-- thinks of the table. $8: the recorder's queue, where acceptance is confirmation: it gets nothing, and the events are
-- marked as published at once. Answers how many were sent, whether there is anything unsent behind these positions, and the
-- queues that there is something new in.
--
-- What must stay true: an event is sent only together with or after every earlier one of its key that this statement
-- sees as unsent. What it sees is one moment, so whoever was ordered behind an event is not seen without it. A row that
-- another relay has locked, or has changed since that moment, is not among the locked ones, and holds what is behind it.
with moment as materialized (
    select coalesce($4::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now,
           case when not $6 then set_config('synchronous_commit', 'off', true) end
), near as materialized (
    select min(position) as first, min(position) + $7 as behind from edafw_outbox where sent_at is null
), ahead as materialized (
    select position, key, due_at
    from edafw_outbox
    where position >= (select first from near) and position < (select behind from near) and sent_at is null
), waiting as materialized (
    select key from ahead where key is not null and due_at > (select now from moment)
), candidate as materialized (
    -- What is with a relay, or backs off, holds back what is behind it in its key. Most keys have nothing of that.
    select position, key
    from (
        select position, key
        from ahead
        where due_at <= (select now from moment) and not coalesce(key in (select key from waiting), false)
        union all
        select position, key
        from (
            select position, key, bool_or(due_at > (select now from moment)) over (partition by key order by position) as held
            from ahead
            where coalesce(key in (select key from waiting), false)
        ) behind
        where not held
    ) free
    order by position
    limit $1
), locked as materialized (
    select o.position
    from edafw_outbox o
    where o.position = any(array(select position from candidate)) and o.sent_at is null
      and o.due_at <= (select now from moment)
    order by o.position
    for update skip locked
), torn as materialized (
    -- Not a join: its cost must not grow with the square of the events when the server expects few.
    select key from candidate where key is not null and not coalesce(position in (select position from locked), false)
), sendable as materialized (
    select position
    from candidate
    where coalesce(position in (select position from locked), false) and not coalesce(key in (select key from torn), false)
    union all
    select position
    from (
        select position, bool_and(position in (select position from locked)) over (partition by key order by position) as is_it
        from candidate
        where coalesce(key in (select key from torn), false)
    ) known
    where is_it
), sent as (
    update edafw_outbox o
    set sent_at = (select now from moment), token = null, last_error = null, attempts = 0
    from sendable s
    where o.position = s.position and $8::text is null
), gone as (
    delete from edafw_outbox o
    using sendable s
    where o.position = s.position and $8 is not null
    returning o.position, o.generation
), published as (
    update edafw_event e
    set published_at = coalesce(e.published_at, (select now from moment)),
        generation = greatest(e.generation, g.generation)
    from gone g
    where e.position = g.position
    returning e.position, e.channel, e.name, e.key
), event as materialized (
    select position, channel, name, key from published
    union all
    select e.*
    from sendable s
    cross join lateral (select position, channel, name, key from edafw_event where position = s.position offset 0) e
    where $8::text is null
), route as materialized (
    -- A queue that is bound to the event by name and by '*' counts once. There are two channels: the server, which would
    -- expect more of a list, would make a new plan for each turn.
    select t.channel, b.event, q.name as queue, q.ordered
    from (select * from unnest($2::text[], $3::text[]) as t (channel, topic) limit 2) t
    join edafw_binding b on b.topic = t.topic
    join edafw_queue q on q.name = b.queue
    where q.name is distinct from $8
      and (b.event = '*' or not exists (
          select 1 from edafw_binding every
          where every.topic = b.topic and every.event = '*' and every.queue = b.queue))
), target as materialized (
    select r.queue, case when r.ordered then e.key end as lane, e.position
    from event e
    join route r on r.channel = e.channel and r.event in (e.name, '*')
), lane as (
    -- Adds the lane or locks it, in one order for everybody: positions are given out while it is held, so that
    -- they rise with the commits of a lane. One that is there is locked, although nothing is to be written.
    insert into edafw_lane (queue, lane, visible_at)
    select distinct queue, lane, (select now from moment) from target where lane is not null order by queue, lane
    on conflict (queue, lane) do update set visible_at = edafw_lane.visible_at where false
    returning 1
), message as (
    insert into edafw_message (queue, lane, events, visible_at)
    select queue, lane, array_agg(position order by position), case when lane is null then (select now from moment) end
    from (
        select queue, lane, position, (row_number() over (partition by queue, lane order by position) - 1) / 100 as run
        from target
    ) placed
    where (select count(*) from lane) >= 0
    group by queue, lane, run
    order by queue, min(position)
    returning queue
), fresh as materialized (
    select queue from message group by queue
)
select (select count(*) from sendable),
       coalesce((select max(position) from edafw_outbox where sent_at is null) >= (select behind from near), false),
       array(select queue from fresh),
       (select count(pg_notify('edafw', queue)::text) from fresh where $5);
