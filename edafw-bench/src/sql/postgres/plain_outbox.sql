insert into plain_outbox (id, aggregatetype, aggregateid, type, payload) values ($1::uuid, $2, $3, $4, $5::json);
