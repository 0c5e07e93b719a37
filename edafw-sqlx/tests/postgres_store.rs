//! Every behaviour of an event store, on PostgreSQL.

mod postgres;

use postgres::OnAServer;

edafw_testkit::store_suite!(OnAServer);
edafw_testkit::own_queues_suite!(OnAServer);
