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

/// One module per point, with one test per kind of database and place of the queues.
macro_rules! points {
    ($($name:ident: $point:literal, $later:literal;)*) => {
        $(mod $name {
            use edafw_e2e::{Kind, Queues};

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
        })*

        #[test]
        fn every_point_has_its_test() {
            assert_eq!(POINTS, [$($point),*]);
        }
    };
}

points! {
    registration_applied: "registration.applied", 2;
    transaction_before_commit: "transaction.before-commit", 30;
    transaction_committed: "transaction.committed", 30;
    relay_claimed: "relay.claimed", 5;
    relay_accepted: "relay.accepted", 5;
    relay_sent: "relay.sent", 5;
    relay_settled: "relay.settled", 5;
    recorder_received: "recorder.received", 5;
    recorder_marked: "recorder.marked", 5;
    recorder_acknowledged: "recorder.acknowledged", 5;
    worker_received: "worker.received", 25;
    worker_counted: "worker.counted", 25;
    worker_handled: "worker.handled", 25;
    worker_committed: "worker.committed", 25;
    worker_failed: "worker.failed", 3;
    worker_given_up: "worker.given-up", 3;
    worker_acknowledged: "worker.acknowledged", 25;
}
