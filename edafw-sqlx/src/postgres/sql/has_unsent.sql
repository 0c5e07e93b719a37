select exists (select 1 from edafw_outbox where sent_at is null);
