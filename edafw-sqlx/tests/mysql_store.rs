//! Every behaviour of an event store, on MySQL or MariaDB.

mod mysql;

use mysql::OnAServer;

edafw_testkit::store_suite!(OnAServer);
