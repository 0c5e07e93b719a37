//! A process dies at a named point in the life of an event, and again at a later passing; the next ones carry
//! on. Whatever the point, nothing is lost, every effect takes place once, and each key is in order.

use edafw_core::kill::POINTS;
use edafw_e2e::{Kind, Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 200;
const KEYS: i64 = 10;

/// Dies at the first and at the `later`-th passing of `point`, then carries on.
fn survives(point: &str, later: u32, kind: Kind, queues: Queues) {
    let mut world = World::on(kind, queues);
    world.set("ACTOR_BATCH", &20);
    world.set("ACTOR_FAIL_PERCENT", &2);
    let deaths = [point.to_owned(), format!("{point}:{later}")];
    let arguments = ["publish", "0", &ACTS.to_string(), &KEYS.to_string()];
    if point.starts_with("transaction.") {
        for death in &deaths {
            world.run_with("actor", &arguments, &[("EDAFW_KILL_POINT", death)]).dies_of(Signal::KILL);
        }
    }
    world.run("actor", &arguments).succeeds();
    world.books().check_publisher(ACTS);
    for death in &deaths {
        world
            .run_with("actor", &["work", "--until-idle"], &[("EDAFW_KILL_POINT", death)])
            .dies_of(Signal::KILL);
    }
    world.settle();
    world.books().check(ACTS);
}

/// The tests of a point: `always`; on the `short` way from the event store to queues beside it; or on the `long` one.
macro_rules! tests {
    (always $point:literal, $later:literal) => {
        tests!(short $point, $later);
        tests!(long $point, $later);
    };
    (short $point:literal, $later:literal) => {
        #[test]
        fn all_together() {
            super::survives($point, $later, Kind::Sqlite, Queues::AllTogether);
        }

        #[test]
        fn all_together_on_postgres() {
            super::survives($point, $later, Kind::Postgres, Queues::AllTogether);
        }
    };
    (long $point:literal, $later:literal) => {
        #[test]
        fn queues_together() {
            super::survives($point, $later, Kind::Sqlite, Queues::Together);
        }

        #[test]
        fn queues_separate() {
            super::survives($point, $later, Kind::Sqlite, Queues::Separate);
        }

        #[test]
        fn queues_together_on_postgres() {
            super::survives($point, $later, Kind::Postgres, Queues::Together);
        }

        #[test]
        fn queues_separate_on_postgres() {
            super::survives($point, $later, Kind::Postgres, Queues::Separate);
        }

        #[test]
        fn queues_together_on_mysql() {
            super::survives($point, $later, Kind::MySql, Queues::Together);
        }

        #[test]
        fn queues_separate_on_mysql() {
            super::survives($point, $later, Kind::MySql, Queues::Separate);
        }
    };
}

/// One module per point, with one test per kind of database and place of the queues.
macro_rules! points {
    ($($name:ident: $way:ident $point:literal, $later:literal;)*) => {
        $(mod $name {
            use edafw_e2e::{Kind, Queues};

            tests!($way $point, $later);
        })*

        #[test]
        fn every_point_has_its_test() {
            assert_eq!(POINTS, [$($point),*]);
        }
    };
}

points! {
    registration_applied: long "registration.applied", 2;
    transaction_before_commit: always "transaction.before-commit", 30;
    transaction_committed: always "transaction.committed", 30;
    relay_before_commit: short "relay.before-commit", 5;
    relay_committed: short "relay.committed", 5;
    relay_claimed: long "relay.claimed", 5;
    relay_accepted: long "relay.accepted", 5;
    relay_sent: long "relay.sent", 5;
    relay_settled: long "relay.settled", 5;
    recorder_before_commit: short "recorder.before-commit", 5;
    recorder_committed: short "recorder.committed", 5;
    recorder_received: long "recorder.received", 5;
    recorder_marked: long "recorder.marked", 5;
    recorder_acknowledged: long "recorder.acknowledged", 5;
    worker_received: always "worker.received", 25;
    worker_counted: always "worker.counted", 25;
    worker_handled: always "worker.handled", 25;
    worker_committed: always "worker.committed", 25;
    worker_failed: always "worker.failed", 3;
    worker_given_up: always "worker.given-up", 3;
    worker_acknowledged: always "worker.acknowledged", 25;
}
