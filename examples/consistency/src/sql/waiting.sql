-- Of the outbox only what is unsent: whether sent events are published is another matter.
select (select count(*) from edafw_message) + (select count(*) from edafw_outbox where sent_at is null);
