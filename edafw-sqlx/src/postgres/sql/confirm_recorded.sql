-- Takes up to $2 messages from the queue $1, and marks the events that they refer to as published. $4: whether to wait for
-- the disk. Answers how many messages were taken, how many events they refer to, whether there were messages that refer to
-- none, which are left, and whether there is such a queue.
with moment as materialized (
    select coalesce($3::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now,
           case when not $4 then set_config('synchronous_commit', 'off', true) end
), polled as materialized (
    select position, event
    from edafw_message
    where queue = $1 and lane is null and visible_at <= (select now from moment)
    order by visible_at, position
    limit $2
    for update skip locked
), taken as (
    delete from edafw_message
    where position = any(array(select position from polled where event is not null))
    returning event
), event as materialized (
    select distinct event as position from taken
), locked as materialized (
    select position from edafw_outbox where position in (select position from event) order by position for update
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
select (select count(*) from taken), (select count(*) from event),
       exists (select 1 from polled where event is null),
       exists (select 1 from edafw_queue where name = $1);
