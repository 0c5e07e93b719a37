select attempts, first_at, last_error
from edafw_attempt
where subscriber = ?1 and source = ?2 and name = ?3 and idempotency_key = ?4;
