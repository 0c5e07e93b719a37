-- By the index of the unsent, however many others there are.
select count(*) > 0 from (select 1 from edafw_outbox where sent_at is null order by position limit 1) first;
