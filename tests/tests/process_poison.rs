//! An event that takes the process down each time becomes a dead letter; its neighbours do not notice.

use std::os::unix::process::ExitStatusExt;

use edafw_e2e::{Queues, World};
use rustix::process::Signal;

const ACTS: i64 = 60;
const KEYS: i64 = 6;
const POISON: i64 = 27;

/// Starts workers until one is not taken down; answers how many were.
fn work_until_survived(world: &World) -> u32 {
    for deaths in 0..20 {
        let (status, _) = world.run("actor", &["work", "--until-idle"]).end();
        if status.success() {
            return deaths;
        }
        assert_eq!(status.signal(), Some(Signal::ABORT.as_raw()));
    }
    panic!("the event is never given up");
}

fn is_given_up(batch: u32) {
    let mut world = World::new(Queues::Together);
    world.set("ACTOR_BATCH", batch);
    world.publish(0, ACTS, KEYS).succeeds();
    world.set("ACTOR_POISON", POISON);
    let deaths = work_until_survived(&world);
    assert!(deaths >= 5, "five attempts are allowed, and {deaths} were made");
    let books = world.books();
    assert_eq!(books.dead_letters("ledger"), [(POISON, "crashed".to_owned(), 5)]);
    let happened: Vec<_> = books.acts().into_iter().filter(|(no, _)| no % 5 != 0).collect();
    let others: Vec<_> = happened.iter().copied().filter(|(no, _)| *no != POISON).collect();
    books.check_effects("actor", "ledger", &others, true);
    for subscriber in ["follow_up", "followed", "pair_one", "pair_two"] {
        books.check_effects("actor", subscriber, &happened, true);
    }
    let late: Vec<(String, i64, i64)> =
        books.rows("actor", "select subscriber, no, attempt from effect where attempt > 1");
    assert_eq!(late, [], "attempts that were lost");
}

#[test]
fn alone_it_is_given_up() {
    is_given_up(1);
}

#[test]
fn in_a_shared_commit_it_is_given_up() {
    is_given_up(100);
}

#[test]
fn what_runs_beside_it_loses_no_attempt() {
    let mut world = World::new(Queues::Together);
    world.publish(0, ACTS, KEYS).succeeds();
    world.set("ACTOR_POISON", POISON);
    world.set("ACTOR_WAIT", 1);
    // Nobody lets the handlers of `call` go on, so some of them run whenever the process dies.
    for _ in 0..4 {
        world.run("actor", &["work"]).dies_of(Signal::ABORT);
    }
    world.set("ACTOR_POISON", 0);
    let mut worker = world.run("actor", &["work", "--until-idle"]);
    for _ in 0..ACTS - ACTS / 5 {
        let line = worker.line("handles");
        assert!(line.ends_with("attempt 1"), "{line}");
        worker.let_go();
    }
    worker.succeeds();
}
