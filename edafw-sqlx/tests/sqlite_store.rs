//! Every behaviour of an event store, on SQLite.

mod sqlite;

mod on_a_file {
    use super::sqlite::OnAFile;

    edafw_testkit::store_suite!(OnAFile);
    edafw_testkit::own_queues_suite!(OnAFile);
}

mod in_memory {
    use super::sqlite::InMemory;

    edafw_testkit::store_suite!(InMemory);
    edafw_testkit::own_queues_suite!(InMemory);
}
