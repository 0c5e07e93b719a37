//! Every behaviour of a transport, on the embedded transport of MySQL or MariaDB.

mod mysql;

use mysql::OnAServer;

edafw_testkit::transport_suite!(OnAServer);
