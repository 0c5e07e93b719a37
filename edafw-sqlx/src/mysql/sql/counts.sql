select (select count(*) from edafw_event) as stored,
       (select count(*) from edafw_event where published_at is not null) as published,
       (select count(*) from edafw_outbox where exhausted_at is null and sent_at is null and generation = 0)
           as unsent,
       (select count(*) from edafw_outbox where exhausted_at is not null) as exhausted,
       (select min(e.stored_at)
        from edafw_outbox o
        join edafw_event e on e.position = o.position
        where e.published_at is null) as oldest_unpublished;
