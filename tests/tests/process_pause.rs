//! A worker stands still for longer than its lease while another one takes over.

use edafw_e2e::{Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 100;
const KEYS: i64 = 10;

/// On SQLite a process that stands still in a transaction holds everybody up, so it must not: it is stopped
/// between its transactions, and where another of its tasks was in one, once more from the beginning.
fn takes_over(queues: Queues, point: &str) {
    let tries = (0..10).take_while(|_| !took_over(queues, point)).count();
    assert!(tries < 10, "it always stopped in a transaction");
}

fn took_over(queues: Queues, point: &str) -> bool {
    let mut world = World::new(queues);
    // Longer than it takes to come to the point, so that its heartbeat is not in a transaction there.
    world.set("ACTOR_LEASE_MS", &1_500);
    world.set("ACTOR_BATCH", &20);
    world.publish(0, ACTS, KEYS).succeeds();
    // Everything is sent and confirmed before, so that the worker holds no transaction when it stops.
    world.run_with("actor", &["work", "--until-idle"], &[("ACTOR_ONLY", "nobody")]).succeeds();
    let only = [("ACTOR_ONLY", "ledger"), ("EDAFW_STOP_POINT", point)];
    let paused = world.run_with("actor", &["work"], &only);
    paused.has_stopped();
    let books = world.books();
    if !books.is_free("actor") || (queues == Queues::Separate && !books.is_free("queues")) {
        return false;
    }
    world.settle();
    books.check(ACTS);
    paused.signal(Signal::CONT);
    // What it does with these comes after what it held when it stopped.
    world.publish(ACTS, ACTS, KEYS).succeeds();
    let later = format!("select count(*) from effect where no >= {ACTS} and subscriber = 'ledger'");
    paused.until("handles later acts", || books.number("actor", &later) == ACTS * 4 / 5);
    paused.signal(Signal::TERM);
    paused.succeeds();
    world.settle();
    books.check(2 * ACTS);
    true
}

#[test]
fn when_it_has_received_together() {
    takes_over(Queues::Together, "worker.received:2");
}

#[test]
fn when_it_has_received_separate() {
    takes_over(Queues::Separate, "worker.received:2");
}

#[test]
fn when_it_has_committed() {
    takes_over(Queues::Separate, "worker.committed:2");
}
