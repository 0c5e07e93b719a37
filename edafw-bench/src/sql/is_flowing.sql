select exists (select 1 from edafw_outbox) or exists (select 1 from edafw_message);
