-- One round at a time: two republishers would probe a slow recorder twice as often.
select ?1 as now,
       (select c.value from edafw_meta c where c.name = 'confirmed-sent-at') as confirmed_sent_at,
       m.value as probed_at,
       (select o.sent_at
        from edafw_outbox o force index (edafw_outbox_state)
        where o.exhausted_at is null and o.sent_at is not null
        order by o.sent_at
        limit 1) as oldest_sent_at
from edafw_meta m
where m.name = 'probed-at'
for update;
