//! Every behaviour of a transport, on the embedded transport of PostgreSQL.

mod postgres;

use postgres::OnAServer;

edafw_testkit::transport_suite!(OnAServer);
