//! Every behaviour of a transport, on the embedded transport of SQLite.

mod sqlite;

mod on_a_file {
    use super::sqlite::OnAFile;

    edafw_testkit::transport_suite!(OnAFile);
}

mod in_memory {
    use super::sqlite::InMemory;

    edafw_testkit::transport_suite!(InMemory);
}
