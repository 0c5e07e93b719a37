//! Every behaviour of a transport, where the messages are events of the same database on PostgreSQL: those that were
//! sent together share a row.

mod postgres;

use postgres::by_events::ByEvents;

edafw_testkit::transport_suite!(ByEvents);
