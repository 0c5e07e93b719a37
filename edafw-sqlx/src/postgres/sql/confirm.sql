-- Answers how many of the ids exist here. An event without an outbox row was confirmed before.
with moment as materialized (
    select coalesce($2::bigint, (extract(epoch from clock_timestamp()) * 1000)::bigint) as now
), found as materialized (
    select position from edafw_event where event_id = any($1::uuid[])
), locked as materialized (
    select position from edafw_outbox where position in (select position from found) order by position for update
), gone as (
    delete from edafw_outbox o
    using locked l
    where o.position = l.position
    returning o.position, o.generation, o.sent_at
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
select count(*) from found;
