-- Takes up to $2 messages from the queue $1, and marks the events that they refer to as published. $4: whether to wait for
-- the disk. Answers how many messages were taken, how many events they refer to, whether there were messages that refer to
-- none, which are left, and whether there is such a queue.
with moment as materialized (
    select coalesce($3::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now,
           case when not $4 then set_config('synchronous_commit', 'off', true) end
), front as materialized (
    select visible_at, position, coalesce(cardinality(events), 1) as size
    from edafw_message
    where queue = $1 and lane is null and visible_at <= (select now from moment)
    order by visible_at, position
    limit $2
), polled as materialized (
    select visible_at, position, events
    from edafw_message
    where queue = $1 and lane is null and visible_at <= (select now from moment)
    order by visible_at, position
    limit (
        select count(*)
        from (select sum(size) over (order by visible_at, position) - size as before from front) counted
        where before < $2
    )
    for update skip locked
), message as materialized (
    select p.position, part.event, row_number() over (order by p.visible_at, p.position, part.place) as nth
    from polled p
    cross join lateral unnest(p.events) with ordinality as part (event, place)
    where part.event is not null
), taken as (
    delete from edafw_message
    where position = any(array(select position from message group by position having max(nth) <= $2))
), cut as (
    -- The last run may hold more than is wanted.
    update edafw_message m
    set events = array(select event from message rest where rest.position = m.position and rest.nth > $2 order by rest.nth)
    where m.position = (
        select position from message where nth in ($2, $2 + 1) group by position having count(*) = 2
    )
), event as materialized (
    select distinct event as position from message where nth <= $2
), locked as materialized (
    select position from edafw_outbox where position = any(array(select position from event)) order by position for update
), gone as (
    delete from edafw_outbox
    where position = any(array(select position from locked))
    returning position, generation, sent_at
), marked as (
    update edafw_event e
    set published_at = coalesce(e.published_at, (select now from moment)),
        generation = greatest(e.generation, g.generation)
    from gone g
    where e.position = g.position
), latest as (
    insert into edafw_meta (name, value)
    select 'confirmed-sent-at', max(sent_at) from gone having max(sent_at) is not null
    on conflict (name) do update set value = excluded.value where edafw_meta.value < excluded.value
)
select (select count(*) from message where nth <= $2), (select count(*) from event),
       exists (select 1 from polled where events is null),
       exists (select 1 from edafw_queue where name = $1);
