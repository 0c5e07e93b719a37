//! An event that takes the process down each time becomes a dead letter; its neighbours do not notice.

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

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

/// Waits until every message can be received, so that the next worker begins with all of them.
fn leases_have_ended(world: &World) {
    let books = world.books();
    let leased = "select count(*) from edafw_message where visible_at > unixepoch('subsec') * 1000";
    let deadline = Instant::now() + Duration::from_secs(10);
    while books.number("actor", leased) > 0 {
        assert!(Instant::now() < deadline, "a lease does not end");
        std::thread::yield_now();
    }
}

fn is_given_up(batch: u32) {
    let mut world = World::new(Queues::Together);
    world.set("ACTOR_BATCH", &batch);
    world.publish(0, ACTS, KEYS).succeeds();
    world.set("ACTOR_POISON", &POISON);
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
    world.set("ACTOR_POISON", &POISON);
    world.set("ACTOR_WAIT", &1);
    world.set("ACTOR_LEASE_MS", &1_000);
    world.publish(0, ACTS, 1).succeeds();
    // Both die before it is known who is to blame: nobody lets the handlers of `call` go on.
    for _ in 0..2 {
        world.run("actor", &["work"]).dies_of(Signal::ABORT);
    }
    for deaths in 2.. {
        leases_have_ended(&world);
        let mut worker = world.run("actor", &["work", "--until-idle"]);
        loop {
            // Time enough for the event to take the process down, were it tried beside these.
            let (said, ended) = worker.says_within(Duration::from_millis(600));
            for line in said.iter().filter(|line| line.starts_with("handles")) {
                assert!(line.ends_with("attempt 1"), "after {deaths} deaths: {line}");
                worker.let_go();
            }
            if ended {
                break;
            }
        }
        let (status, _) = worker.end();
        if status.success() {
            break;
        }
        assert_eq!(status.signal(), Some(Signal::ABORT.as_raw()));
        assert!(deaths < 20, "the event is never given up");
    }
    let books = world.books();
    assert_eq!(books.dead_letters("ledger"), [(POISON, "crashed".to_owned(), 5)]);
    assert_eq!(books.number("actor", "select count(*) from edafw_dead_letter where subscriber = 'call'"), 0);
}
