-- The outbox rows are locked; an event that was confirmed before has none.
update edafw_event e force index (primary)
set published_at = coalesce(published_at, ?2),
    generation = coalesce((
        select nullif(o.generation, 0)
        from edafw_outbox o force index (primary)
        where o.position = e.position), generation)
where position in ?1;
