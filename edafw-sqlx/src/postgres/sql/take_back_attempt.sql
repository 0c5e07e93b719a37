update edafw_attempt
set attempts = attempts - $5, last_error = case when last_error = $6 then $7 else last_error end
where subscriber = $1 and source = $2 and name = $3 and idempotency_key = $4 and attempts >= $5;
