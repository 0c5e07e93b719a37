//! SIGTERM while handlers run.

use edafw_e2e::{Process, Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 60;

/// A world whose leases nobody lives to see the end of, and a worker in which `running` handlers wait.
fn worker_with_handlers(keys: i64, running: usize) -> (World, Process) {
    let mut world = World::new(Queues::Together);
    world.set("ACTOR_LEASE_MS", &3_600_000);
    world.publish(0, ACTS, keys).succeeds();
    let worker = world.run_with("actor", &["work"], &[("ACTOR_WAIT", "1")]);
    for _ in 0..running {
        worker.line("handles");
    }
    worker.signal(Signal::TERM);
    worker.line("stops");
    (world, worker)
}

/// It finishes what runs, and begins nothing more; another one gets the rest at once.
fn finishes_what_runs(keys: i64, running: usize) {
    let (world, mut worker) = worker_with_handlers(keys, running);
    for _ in 0..running {
        worker.let_go();
    }
    let lines = worker.succeeds();
    assert!(!lines.iter().any(|line| line.starts_with("handles")), "{lines:?}");
    let books = world.books();
    assert_eq!(books.calls().len(), running);
    world.settle();
    books.check(ACTS);
    assert_eq!(books.calls().len() as i64, ACTS / 5, "a call was made again");
}

#[test]
fn handlers_of_many_keys_finish() {
    finishes_what_runs(10, 4);
}

#[test]
fn what_waits_behind_them_is_given_back() {
    finishes_what_runs(2, 2);
}

#[test]
fn a_second_signal_ends_it() {
    let (_world, worker) = worker_with_handlers(10, 4);
    worker.signal(Signal::TERM);
    let (status, _) = worker.end();
    assert_eq!(status.code(), Some(130));
}

#[test]
fn the_deadline_cuts_handlers_off() {
    let mut world = World::new(Queues::Together);
    world.set("ACTOR_DEADLINE_MS", &200);
    world.set("ACTOR_LEASE_MS", &3_600_000);
    world.publish(0, ACTS, 10).succeeds();
    let worker = world.run_with("actor", &["work"], &[("ACTOR_WAIT", "1")]);
    worker.line("handles");
    worker.signal(Signal::TERM);
    worker.line("call: ");
    worker.kill();
    world.settle();
    world.books().check(ACTS);
}
