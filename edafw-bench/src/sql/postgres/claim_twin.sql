update outbox set due_at = $2
where id in (select id from outbox where due_at <= $1 order by due_at, id limit $3 for update skip locked)
returning id;
